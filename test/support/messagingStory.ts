import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { ClientConfig } from "@hearth/testkit";
import { expect } from "vitest";

/** The output of `test/e2e/messaging.tf`. */
export interface Messaging {
  readonly topic: string;
  readonly audit: string;
}

/** As `messaging.tf` is after its update: the topic calls the function, whose destination is another topic, which sends to the queue. */
export async function messageReachesDestination(config: ClientConfig, { topic, audit }: Messaging): Promise<void> {
  const sns = new SNSClient(config);
  const sqs = new SQSClient(config);
  const MessageAttributes = { kind: { DataType: "String", StringValue: "return" } };
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn: topic, Message: "one", MessageAttributes }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: audit, WaitTimeSeconds: 20 }));
  expect(JSON.parse(Messages?.[0]?.Body ?? "{}")).toMatchObject({
    requestPayload: { Records: [{ EventSource: "aws:sns", Sns: { MessageId, Message: "one" } }] },
    requestContext: { condition: "Success" },
  });
}
