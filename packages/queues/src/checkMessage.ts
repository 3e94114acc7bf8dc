import { createHash } from "node:crypto";
import type { AwsError, SharedText } from "@hearth/model";
import type { NewSqsFifoMessage, NewSqsMessage } from "@hearth/store";
import { InvalidMessageContents, InvalidParameterValueException, invalidValue, missingParameter } from "./errors.ts";
import { messageBytes, type NewMessage } from "./message.ts";
import { MAX_MESSAGE_BYTES, type Queue } from "./queue.ts";

const MAX_DELAY_SECONDS = 900;
const MAX_ATTRIBUTES = 10;
/** It does not count towards the size of the message. */
const MAX_TRACE_HEADER_CHARACTERS = 32_768;
/** What messages may not contain. https://www.w3.org/TR/REC-xml/#charsets */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const ATTRIBUTE_NAME = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const TOKEN = /^[!-~]{1,128}$/;
const WRONG_TYPE = "The request include parameter that is not valid for this queue type";

/** Why the queue does not take the message; `undefined` when it takes it. */
export function refusalOfMessage(queue: Queue, message: NewMessage): AwsError | undefined {
  const { body, delaySeconds, groupId, deduplicationId } = message;
  if (body === "") return missingParameter("MessageBody");
  if (hasForbidden(message)) return invalidContents("Message body");
  if (FORBIDDEN.test(message.traceHeader ?? "")) return invalidContents("Message system attribute 'AWSTraceHeader'");
  const wrong = refusalOfAttributes(message) ?? refusalOfTraceHeader(message);
  if (wrong) return wrong;
  if (messageBytes(message) > queue.maxMessageBytes) {
    const limit = Math.min(queue.maxMessageBytes, MAX_MESSAGE_BYTES);
    return new InvalidParameterValueException(
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    );
  }
  if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS)) {
    return invalidValue(delaySeconds, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
  }
  if (groupId !== undefined && !TOKEN.test(groupId)) return badToken(groupId, "MessageGroupId");
  if (deduplicationId !== undefined && !TOKEN.test(deduplicationId)) {
    return badToken(deduplicationId, "MessageDeduplicationId");
  }
  return queue.isFifo ? refusalOfFifo(queue, message) : refusalOfStandard(message);
}

/** The texts that are shared and were looked at. */
const storable = new WeakSet<SharedText>();

function hasForbidden({ body, sharedBody }: NewMessage): boolean {
  if (!sharedBody) return FORBIDDEN.test(body);
  const { shared, rest } = sharedBody;
  if (!storable.has(shared)) {
    if (FORBIDDEN.test(shared.text)) return true;
    storable.add(shared);
  }
  return FORBIDDEN.test(rest);
}

function refusalOfTraceHeader({ traceHeader = "" }: NewMessage): AwsError | undefined {
  if (traceHeader.length <= MAX_TRACE_HEADER_CHARACTERS && !FORBIDDEN.test(traceHeader)) return undefined;
  return new InvalidParameterValueException(
    "The value of the message system attribute 'AWSTraceHeader' is not a trace header.",
  );
}

/** A delay of 0 is nothing that a FIFO queue minds. */
function refusalOfFifo(queue: Queue, { delaySeconds, groupId, deduplicationId }: NewMessage): AwsError | undefined {
  if (delaySeconds) return invalidValue(delaySeconds, "DelaySeconds", `${WRONG_TYPE}.`);
  if (groupId === undefined) return missingParameter("MessageGroupId");
  if (deduplicationId === undefined && !queue.isContentBased) {
    return new InvalidParameterValueException(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }
  return undefined;
}

/** Standard queues take message groups since they have fair queues. */
function refusalOfStandard({ deduplicationId }: NewMessage): AwsError | undefined {
  if (deduplicationId === undefined) return undefined;
  return invalidValue(deduplicationId, "MessageDeduplicationId", `${WRONG_TYPE}.`);
}

function badToken(value: string, parameter: string): AwsError {
  return invalidValue(
    value,
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function invalidContents(what: string): AwsError {
  return new InvalidMessageContents(
    `Invalid characters found: ${what} can include only characters allowed by XML 1.0: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`,
  );
}

function refusalOfAttributes({ attributes = {} }: NewMessage): AwsError | undefined {
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES) {
    return new InvalidParameterValueException(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  for (const [name, { DataType = "", StringValue, BinaryValue }] of entries) {
    if (!ATTRIBUTE_NAME.test(name)) {
      return new InvalidParameterValueException(`The message attribute name '${name}' is invalid.`);
    }
    const [, kind] = /^(String|Number|Binary)(?:\..{1,240})?$/.exec(DataType) ?? [];
    if (kind === undefined) {
      return new InvalidParameterValueException(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    }
    const value = kind === "Binary" ? BinaryValue : StringValue;
    if (value === undefined || value === "") {
      return new InvalidParameterValueException(
        `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${kind}'.`,
      );
    }
    if (kind === "Number" && !isNumber(value)) {
      return new InvalidParameterValueException(
        `Can't cast the value of message (user) attribute '${name}' to a number.`,
      );
    }
    if (kind !== "Binary" && FORBIDDEN.test(value)) return invalidContents(`Message attribute '${name}'`);
  }
  return undefined;
}

/** Each digit matches in one way only: with several, a long text that is no number would take minutes. */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());
}

/** A message that the queue takes, as it is stored. */
export function toStored(queue: Queue, message: NewMessage, messageId: string): NewSqsMessage | NewSqsFifoMessage {
  const { body, sharedBody, attributes = {}, senderId, traceHeader, groupId, deduplicationId, delaySeconds } = message;
  const stored: NewSqsMessage = {
    queueId: queue.id,
    messageId,
    body,
    ...(sharedBody && { sharedBody }),
    attributes: Object.keys(attributes).length === 0 ? undefined : JSON.stringify(attributes),
    senderId,
    traceHeader,
    groupId,
    delaySeconds: queue.isFifo ? undefined : delaySeconds,
  };
  if (!queue.isFifo || groupId === undefined) return stored;
  const dedupId = deduplicationId ?? createHash("sha256").update(body).digest("hex");
  return { ...stored, groupId, dedupId, scope: queue.isDeduplicatedByGroup ? groupId : "" };
}
