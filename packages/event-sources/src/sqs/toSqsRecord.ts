import { md5Of, md5OfAttributes, type MessageAttributes } from "@hearth/queues";

/** A message as functions get it. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
  readonly md5OfMessageAttributes?: string;
  readonly md5OfBody: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export interface ReceivedSqsMessage extends Pick<SqsRecord, "messageId" | "receiptHandle" | "body" | "attributes"> {
  readonly messageAttributes: MessageAttributes;
}

export function toSqsRecord(
  { messageId, receiptHandle, body, attributes, messageAttributes }: ReceivedSqsMessage,
  queue: { readonly arn: string; readonly region: string },
): SqsRecord {
  const md5 = md5OfAttributes(messageAttributes);
  return {
    messageId,
    receiptHandle,
    body,
    attributes,
    messageAttributes: attributesOf(messageAttributes),
    ...(md5 !== undefined && { md5OfMessageAttributes: md5 }),
    md5OfBody: md5Of(body),
    eventSource: "aws:sqs",
    eventSourceARN: queue.arn,
    awsRegion: queue.region,
  };
}

/** AWS's names begin with small letters here, and the lists that SQS does not use are always there. */
function attributesOf(attributes: MessageAttributes): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue !== undefined && { stringValue: StringValue }),
        ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
}
