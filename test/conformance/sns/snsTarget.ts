import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import {
  CreateTopicCommand,
  type CreateTopicCommandInput,
  DeleteTopicCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { type SqsTarget, sqsTarget } from "../sqs/sqsTarget.ts";

/** A queue that gets what a topic publishes. */
export interface SubscribedQueue {
  readonly QueueUrl: string;
  readonly QueueArn: string;
  readonly SubscriptionArn: string;
}

/** A target with clients of SNS and SQS. Disposing deletes the topics that `newTopic` made, and the queues. */
export interface SnsTarget extends SqsTarget {
  readonly sns: SNSClient;
  /** Creates a topic and resolves with its ARN. */
  newTopic(input?: Partial<CreateTopicCommandInput>): Promise<string>;
  newFifoTopic(attributes?: Record<string, string>): Promise<string>;
  /** Creates a queue whose policy lets the topic send to it, and subscribes it. */
  newSubscribedQueue(TopicArn: string, attributes?: Record<string, string>, isFifo?: boolean): Promise<SubscribedQueue>;
  /** The number of messages in a queue that are not in flight. */
  waitingIn(QueueUrl: string): Promise<string | undefined>;
  /** Resolves with the next messages of a queue. */
  received(QueueUrl: string): Promise<readonly Message[]>;
}

export async function snsTarget(): Promise<SnsTarget> {
  const target = await sqsTarget();
  const { sqs, accountId, config } = target;
  const sns = new SNSClient({ ...config, maxAttempts: 1 });
  const made: string[] = [];
  const newTopic = async (input: Partial<CreateTopicCommandInput> = {}): Promise<string> => {
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: target.newName(), ...input }));
    made.push(TopicArn);
    return TopicArn;
  };
  return {
    ...target,
    newName: () => target.newName(),
    sns,
    newTopic,
    newFifoTopic: (attributes = {}) =>
      newTopic({ Name: `${target.newName()}.fifo`, Attributes: { FifoTopic: "true", ...attributes } }),
    async newSubscribedQueue(TopicArn, Attributes = {}, isFifo = false) {
      const QueueUrl = isFifo ? await target.newFifoQueue() : await target.newQueue();
      const QueueArn = await arnOf(target, QueueUrl);
      await sqs.send(
        new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policyFor(TopicArn, QueueArn) } }),
      );
      const { SubscriptionArn = "" } = await sns.send(
        new SubscribeCommand({
          TopicArn,
          Protocol: "sqs",
          Endpoint: QueueArn,
          Attributes,
          ReturnSubscriptionArn: true,
        }),
      );
      return { QueueUrl, QueueArn, SubscriptionArn };
    },
    async received(QueueUrl) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: 10,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
      );
      return Messages;
    },
    async waitingIn(QueueUrl) {
      const name = "ApproximateNumberOfMessages";
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
      return Attributes?.[name];
    },
    accountId,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(made.map((TopicArn) => sns.send(new DeleteTopicCommand({ TopicArn }))));
      sns.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}

export async function arnOf({ sqs }: Pick<SqsTarget, "sqs">, QueueUrl: string): Promise<string> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return Attributes?.["QueueArn"] ?? "";
}

/** What lets a topic send to a queue. */
export function policyFor(TopicArn: string, QueueArn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: QueueArn,
        Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
      },
    ],
  });
}
