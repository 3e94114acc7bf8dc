import { bool, integer, structure, text } from "@hearth/model";
import { blob, wire } from "@hearth/wire";
import { z } from "zod";

/** Members of SQS's inputs and outputs, with their names in the query protocol. What is required, and which values are allowed, operations check: AWS says so in words of SQS's own. */
export const QueueUrl = text().optional();
export const Text = text().optional();
export const Whole = integer().optional();

const byName = { entryNames: { key: "Name", value: "Value" } } as const;

/** A list whose elements are `xmlName.1`, `xmlName.2`, … in the query protocol. */
export function texts(xmlName: string) {
  return wire(z.array(text()), { xmlName, flattened: true }).optional();
}

export const Attributes = wire(z.record(z.string(), text({ anyCharacter: true })), {
  xmlName: "Attribute",
  flattened: true,
  ...byName,
}).optional();

export const Tags = wire(z.record(z.string(), text()), {
  xmlName: "Tag",
  flattened: true,
  entryNames: { key: "Key", value: "Value" },
}).optional();

const AttributeValue = structure({
  DataType: text({ anyCharacter: true }).optional(),
  StringValue: text({ anyCharacter: true }).optional(),
  BinaryValue: blob().optional(),
});

export function messageAttributes(xmlName: "MessageAttribute" | "MessageSystemAttribute") {
  return wire(z.record(z.string(), AttributeValue), { xmlName, flattened: true, ...byName }).optional();
}

/** What a message to be sent consists of, alone and in a batch. */
export const NewMessageMembers = {
  MessageBody: text({ anyCharacter: true }).optional(),
  DelaySeconds: Whole,
  MessageAttributes: messageAttributes("MessageAttribute"),
  MessageSystemAttributes: messageAttributes("MessageSystemAttribute"),
  MessageDeduplicationId: Text,
  MessageGroupId: Text,
};

/** What SendMessage answers, but for the names of ids. */
export const SentMembers = {
  MD5OfMessageBody: z.string(),
  MD5OfMessageAttributes: z.string().optional(),
  MD5OfMessageSystemAttributes: z.string().optional(),
  MessageId: z.string(),
  SequenceNumber: z.string().optional(),
};

export function entries<Entry extends z.ZodType>(xmlName: string, entry: Entry) {
  return wire(z.array(entry), { xmlName, flattened: true });
}

export const Failed = entries(
  "BatchResultErrorEntry",
  structure({ Id: z.string(), SenderFault: bool(), Code: z.string(), Message: z.string().optional() }),
);

/** A list of queues' URLs in an answer. */
export const QueueUrls = wire(z.array(z.string()), { xmlName: "QueueUrl", flattened: true });
