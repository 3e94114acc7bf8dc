import { bool, structure, text } from "@hearth/model";
import { blob, wire } from "@hearth/wire";
import { z } from "zod";

/** Members of SNS's inputs and outputs. What is required, and which values are allowed, operations check: AWS says so in words of SNS's own. */
export const Text = text({ anyCharacter: true }).optional();
export const Flag = bool().optional();

export const Texts = z.array(text()).optional();

export const Attributes = z.record(z.string(), text({ anyCharacter: true })).optional();

export const Tags = z.array(structure({ Key: text(), Value: text() })).optional();

const AttributeValue = structure({ DataType: Text, StringValue: Text, BinaryValue: blob().optional() });

export const MessageAttributes = wire(z.record(z.string(), AttributeValue), {
  entryNames: { key: "Name", value: "Value" },
}).optional();

/** What a publication consists of, alone and in a batch. */
export const PublicationMembers = {
  Message: Text,
  Subject: Text,
  MessageStructure: Text,
  MessageAttributes,
  MessageDeduplicationId: Text,
  MessageGroupId: Text,
};

export const PublishedMembers = { MessageId: z.string(), SequenceNumber: z.string().optional() };

export const Subscriptions = z.array(
  structure({
    SubscriptionArn: z.string(),
    Owner: z.string(),
    Protocol: z.string(),
    Endpoint: z.string(),
    TopicArn: z.string(),
  }),
);
