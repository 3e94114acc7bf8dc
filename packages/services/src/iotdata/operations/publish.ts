import {
  BrokerUnavailable,
  MAX_PAYLOAD_BYTES,
  type MqttProperties,
  TooManyRetainedMessages,
  topicProblem,
} from "@hearth/iot";
import { bool, choice, integer, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IotDataDeps } from "../deps.ts";
import { InvalidRequestException, RequestEntityTooLargeException, ThrottlingException } from "../errors.ts";

const TRACE = /^Root=[!-~]{1,500}$/;
const MAX_USER_PROPERTIES_BYTES = 8_192;
/** The payload and what the wire adds: a longer body is refused before it is read. */
const MAX_BODY_BYTES = 256 * 1024;

/** https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html */
export const publish = operation({
  name: "Publish",
  isDataEvent: true,
  http: ["POST", "/topics/{topic}", 200],
  query: {
    qos: "qos",
    retain: "retain",
    contentType: "contentType",
    responseTopic: "responseTopic",
    messageExpiry: "messageExpiry",
  },
  headers: {
    userProperties: "x-amz-mqtt5-user-properties",
    payloadFormatIndicator: "x-amz-mqtt5-payload-format-indicator",
    correlationData: "x-amz-mqtt5-correlation-data",
  },
  payload: "payload",
  maxBodyBytes: MAX_BODY_BYTES,
  input: structure({
    topic: text({ min: 1, max: 1_024, pattern: "[\\s\\S]*" }),
    qos: integer({ min: 0, max: 1 }).optional(),
    retain: bool().optional(),
    payload: z.instanceof(Uint8Array).optional(),
    userProperties: text({ max: MAX_USER_PROPERTIES_BYTES * 2 }).optional(),
    payloadFormatIndicator: choice(["UNSPECIFIED_BYTES", "UTF8_DATA"]).optional(),
    contentType: text({ max: 1_024 }).optional(),
    responseTopic: text({ max: 256 }).optional(),
    correlationData: text({ max: 1_024 }).optional(),
    messageExpiry: integer({ min: 0, max: 604_800 }).optional(),
  }),
  errors: [
    BrokerUnavailable,
    InvalidRequestException,
    RequestEntityTooLargeException,
    ThrottlingException,
    TooManyRetainedMessages,
  ],
  async handle(input, { accountId, region, caller, headers, sourceIp }, { publisher, disk }: IotDataDeps) {
    const { topic, qos = 0, retain = false, payload = new Uint8Array() } = input;
    if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for messages.");
    const problem = topicProblem(topic);
    if (problem !== undefined) throw new InvalidRequestException(`${problem}: ${topic}`);
    if (payload.byteLength > MAX_PAYLOAD_BYTES) {
      throw new RequestEntityTooLargeException(`The payload has more than ${MAX_PAYLOAD_BYTES} bytes`);
    }
    const trace = headers["x-amzn-trace-id"];
    const properties = propertiesOf(input);
    await publisher.publish(
      {
        ...{ accountId, region, topic, payload, qos: qos === 1 ? 1 : 0, retain, hops: 0 },
        principal: caller.userId,
        ...(sourceIp !== undefined && { sourceIp }),
        ...(typeof trace === "string" && TRACE.test(trace) && { traceId: trace }),
        ...(properties && { properties }),
      },
      "http",
    );
    return undefined;
  },
});

interface Mqtt5Input {
  readonly userProperties?: string | undefined;
  readonly payloadFormatIndicator?: string | undefined;
  readonly contentType?: string | undefined;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: string | undefined;
  readonly messageExpiry?: number | undefined;
}

function propertiesOf(input: Mqtt5Input): MqttProperties | undefined {
  const { userProperties, payloadFormatIndicator, contentType, responseTopic, correlationData, messageExpiry } = input;
  const properties: MqttProperties = {
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator: payloadFormatIndicator === "UTF8_DATA" }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData }),
    ...(messageExpiry !== undefined && { messageExpiry }),
    ...(userProperties !== undefined && { userProperties: userPropertiesIn(userProperties) }),
  };
  return Object.keys(properties).length > 0 ? properties : undefined;
}

/** Base64 of a JSON array whose objects have one member each. */
function userPropertiesIn(header: string): MqttProperties["userProperties"] & object {
  const wrong = new InvalidRequestException("userProperties must be a JSON array of objects with one member each");
  let pairs: unknown;
  try {
    pairs = JSON.parse(Buffer.from(header, "base64").toString("utf8"));
  } catch {
    throw wrong;
  }
  if (!Array.isArray(pairs)) throw wrong;
  return pairs.flatMap((pair: unknown) =>
    Object.entries((pair ?? {}) as object).map(([key, value]) => {
      if (typeof value !== "string") throw wrong;
      return { key, value };
    }),
  );
}
