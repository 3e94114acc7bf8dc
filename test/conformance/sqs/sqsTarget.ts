import { CreateQueueCommand, type CreateQueueCommandInput, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with a client of SQS. Disposing deletes the queues that `newQueue` made. */
export interface SqsTarget extends ServiceTarget {
  readonly sqs: SQSClient;
  /** Creates a queue and resolves with its URL. */
  newQueue(input?: Partial<CreateQueueCommandInput>): Promise<string>;
  newFifoQueue(attributes?: Record<string, string>): Promise<string>;
}

export async function sqsTarget(): Promise<SqsTarget> {
  const target = await serviceTarget();
  const sqs = new SQSClient({ ...target.config, maxAttempts: 1 });
  const made: string[] = [];
  const newQueue = async (input: Partial<CreateQueueCommandInput> = {}): Promise<string> => {
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: target.newName(), ...input }));
    made.push(QueueUrl);
    return QueueUrl;
  };
  return {
    isAws: target.isAws,
    config: target.config,
    region: target.region,
    accountId: target.accountId,
    newName: () => target.newName(),
    sqs,
    newQueue,
    newFifoQueue: (attributes = {}) =>
      newQueue({ QueueName: `${target.newName()}.fifo`, Attributes: { FifoQueue: "true", ...attributes } }),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(made.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))));
      sqs.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
