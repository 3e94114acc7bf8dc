import { md5Of, md5OfAttributes, type MessageAttribute, type MessageAttributes, type NewMessage } from "@hearth/queues";
import type { SentMessage } from "@hearth/queues";
import type { RequestContext } from "@hearth/wire";
import { InvalidParameterValueException, missingParameter } from "./errors.ts";

interface AttributeInput {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

type Sending = Pick<RequestContext, "caller" | "headers">;

export interface NewMessageInput {
  readonly MessageBody?: string | undefined;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Readonly<Record<string, AttributeInput>> | undefined;
  readonly MessageSystemAttributes?: Readonly<Record<string, AttributeInput>> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

/**
 * A message has the trace header that it brings, or that of the request: https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html.
 * SDKs in functions send it, with the lineage of the functions that have run.
 */
export function toNewMessage(input: NewMessageInput, { caller, headers }: Sending): NewMessage {
  const { MessageBody, DelaySeconds, MessageGroupId, MessageDeduplicationId } = input;
  if (MessageBody === undefined) throw missingParameter("MessageBody");
  const system = toAttributes(input.MessageSystemAttributes);
  for (const [name, { DataType }] of Object.entries(system)) {
    if (name !== "AWSTraceHeader") {
      throw new InvalidParameterValueException(
        `Message system attribute name '${name}' is invalid. It must be one of: AWSTraceHeader.`,
      );
    }
    if (DataType !== "String") {
      throw new InvalidParameterValueException(`The message system attribute '${name}' must be of type String.`);
    }
  }
  return {
    body: MessageBody,
    attributes: toAttributes(input.MessageAttributes),
    senderId: caller.userId,
    delaySeconds: DelaySeconds,
    groupId: MessageGroupId,
    deduplicationId: MessageDeduplicationId,
    traceHeader: system["AWSTraceHeader"]?.StringValue ?? traceHeaderOf(headers["x-amzn-trace-id"]),
  };
}

/** Only what a queue takes: a header that is no trace header is not the sender's fault. */
function traceHeaderOf(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" && /^[\x20-\x7e]{1,4096}$/.test(value) ? value : undefined;
}

function toAttributes(given: Readonly<Record<string, AttributeInput>> = {}): MessageAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType = "", StringValue, BinaryValue }]): [string, MessageAttribute] => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(BinaryValue !== undefined && { BinaryValue: Buffer.from(BinaryValue).toString("base64") }),
      },
    ]),
  );
}

/** The answer to a message that was sent. */
export function toSentAnswer(input: NewMessageInput, { body, attributes = {} }: NewMessage, sent: SentMessage) {
  const MD5OfMessageAttributes = md5OfAttributes(attributes);
  const MD5OfMessageSystemAttributes = md5OfAttributes(toAttributes(input.MessageSystemAttributes));
  return {
    MD5OfMessageBody: md5Of(body),
    ...(MD5OfMessageAttributes !== undefined && { MD5OfMessageAttributes }),
    ...(MD5OfMessageSystemAttributes !== undefined && { MD5OfMessageSystemAttributes }),
    ...sent,
  };
}
