import { decodeCursor, encodeCursor, integer, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IotDataDeps } from "../deps.ts";
import { InvalidRequestException, ResourceNotFoundException, ThrottlingException } from "../errors.ts";

const DEFAULT_PAGE = 100;

type Retained = Pick<IotDataDeps, "retained">;

/** https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_GetRetainedMessage.html */
export const getRetainedMessage = operation({
  name: "GetRetainedMessage",
  http: ["GET", "/retainedMessage/{topic}", 200],
  input: structure({ topic: text({ min: 1, max: 1_024, pattern: "[\\s\\S]*" }) }),
  output: structure({ topic: z.string(), payload: z.string(), qos: z.number(), lastModifiedTime: z.number() }),
  errors: [InvalidRequestException, ResourceNotFoundException, ThrottlingException],
  async handle({ topic }, context, { retained }: Retained) {
    const found = topic.includes("\0") ? undefined : await retained.find(context, topic);
    if (!found) throw new ResourceNotFoundException(`No retained message exists with topic: ${topic}`);
    const { payload, qos, modifiedMs } = found;
    return {
      topic,
      payload: Buffer.from(payload).toString("base64"),
      qos,
      lastModifiedTime: Math.floor(modifiedMs),
    };
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_ListRetainedMessages.html */
export const listRetainedMessages = operation({
  name: "ListRetainedMessages",
  http: ["GET", "/retainedMessage", 200],
  query: { nextToken: "nextToken", maxResults: "maxResults" },
  input: structure({
    nextToken: text({ max: 4_096 }).optional(),
    maxResults: integer({ min: 1, max: 200 }).optional(),
  }),
  output: structure({
    retainedTopics: z.array(
      structure({ topic: z.string(), payloadSize: z.number(), qos: z.number(), lastModifiedTime: z.number() }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidRequestException, ThrottlingException],
  async handle({ nextToken, maxResults = DEFAULT_PAGE }, context, { retained }: Retained) {
    const [after] = nextToken === undefined ? [] : (decodeCursor(nextToken, ["string"]) ?? []);
    if (nextToken !== undefined && after === undefined) throw new InvalidRequestException("Invalid nextToken");
    const found = await retained.list(context, { after, limit: maxResults + 1 });
    const items = found.slice(0, maxResults);
    const last = found.length > maxResults ? items.at(-1) : undefined;
    return {
      retainedTopics: items.map(({ topic, payloadSize, qos, modifiedMs }) => ({
        ...{ topic, payloadSize, qos },
        lastModifiedTime: Math.floor(modifiedMs),
      })),
      ...(last && { nextToken: encodeCursor([last.topic]) }),
    };
  },
});
