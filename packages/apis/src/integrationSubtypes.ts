/** An operation of a service that a route of an HTTP API may call by name. */
export interface IntegrationSubtype {
  /** Signing name. */
  readonly service: "sqs" | "events" | "kinesis";
  readonly operation: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

function sqs(operation: string, required: readonly string[], optional: readonly string[] = []): IntegrationSubtype {
  return { service: "sqs", operation, required: ["QueueUrl", ...required], optional: ["Region", ...optional] };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html */
export const INTEGRATION_SUBTYPES: Readonly<Record<string, IntegrationSubtype>> = Object.assign(Object.create(null), {
  "EventBridge-PutEvents": {
    service: "events",
    operation: "PutEvents",
    required: ["Detail", "DetailType", "Source"],
    optional: ["Time", "EventBusName", "Resources", "Region", "TraceHeader"],
  },
  "Kinesis-PutRecord": {
    service: "kinesis",
    operation: "PutRecord",
    required: ["StreamName", "Data", "PartitionKey"],
    optional: ["SequenceNumberForOrdering", "ExplicitHashKey", "Region"],
  },
  "SQS-SendMessage": sqs(
    "SendMessage",
    ["MessageBody"],
    ["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes"],
  ),
  "SQS-ReceiveMessage": sqs(
    "ReceiveMessage",
    [],
    [
      "AttributeNames",
      "MaxNumberOfMessages",
      "MessageAttributeNames",
      "ReceiveRequestAttemptId",
      "VisibilityTimeout",
      "WaitTimeSeconds",
    ],
  ),
  "SQS-DeleteMessage": sqs("DeleteMessage", ["ReceiptHandle"]),
  "SQS-PurgeQueue": sqs("PurgeQueue", []),
});
