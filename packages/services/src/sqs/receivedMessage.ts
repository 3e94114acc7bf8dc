import { md5Of, md5OfAttributes, type MessageAttributes, type ReceivedMessage } from "@hearth/queues";
import { InvalidAttributeName } from "./errors.ts";

const SYSTEM_ATTRIBUTES: Readonly<Record<string, (message: ReceivedMessage) => string | number | undefined>> = {
  SenderId: ({ senderId }) => senderId,
  SentTimestamp: ({ sentAt }) => sentAt,
  ApproximateReceiveCount: ({ receiveCount }) => receiveCount,
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAt }) => firstReceivedAt,
  SequenceNumber: ({ sequenceNumber }) => sequenceNumber,
  MessageDeduplicationId: ({ deduplicationId }) => deduplicationId,
  MessageGroupId: ({ groupId }) => groupId,
  AWSTraceHeader: ({ traceHeader }) => traceHeader,
  DeadLetterQueueSourceArn: ({ deadLetterSourceArn }) => deadLetterSourceArn,
};

/** Throws InvalidAttributeName for a name that no message has. */
export function checkSystemAttributeNames(names: readonly string[]): void {
  const unknown = names.find((name) => name !== "All" && !Object.hasOwn(SYSTEM_ATTRIBUTES, name));
  if (unknown !== undefined) throw new InvalidAttributeName(unknown);
}

/** A message as ReceiveMessage answers it, with the attributes that were asked for. */
export function toReceivedAnswer(
  message: ReceivedMessage,
  systemNames: readonly string[],
  attributeNames: readonly string[],
) {
  const Attributes = systemAttributes(message, systemNames);
  const chosen = chosenAttributes(message.attributes, attributeNames);
  const MD5OfMessageAttributes = md5OfAttributes(chosen);
  return {
    MessageId: message.MessageId,
    ReceiptHandle: message.ReceiptHandle,
    MD5OfBody: md5Of(message.body),
    Body: message.body,
    ...(Object.keys(Attributes).length > 0 && { Attributes }),
    ...(MD5OfMessageAttributes !== undefined && {
      MD5OfMessageAttributes,
      MessageAttributes: Object.fromEntries(
        Object.entries(chosen).map(([name, { DataType, StringValue, BinaryValue }]) => [
          name,
          {
            ...(StringValue !== undefined && { StringValue }),
            ...(BinaryValue !== undefined && { BinaryValue: Buffer.from(BinaryValue, "base64") }),
            DataType,
          },
        ]),
      ),
    }),
  };
}

function systemAttributes(message: ReceivedMessage, names: readonly string[]): Readonly<Record<string, string>> {
  const all = names.includes("All");
  const shown: Record<string, string> = {};
  for (const [name, read] of Object.entries(SYSTEM_ATTRIBUTES)) {
    const value = all || names.includes(name) ? read(message) : undefined;
    if (value !== undefined) shown[name] = String(value);
  }
  return shown;
}

/** `All`, `.*`, names, and `prefix.*`. */
function chosenAttributes(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  if (names.length === 0) return {};
  const fits = (name: string): boolean =>
    names.some((wanted) =>
      wanted === "All" || wanted === ".*"
        ? true
        : wanted.endsWith(".*")
          ? name.startsWith(wanted.slice(0, -1))
          : name === wanted,
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => fits(name)));
}
