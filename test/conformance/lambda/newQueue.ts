import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { LambdaTarget } from "./lambdaTarget.ts";

/** Creates queues for event source mappings. Disposing deletes them. */
export class NewQueues implements AsyncDisposable {
  readonly #target: LambdaTarget;
  readonly #client: SQSClient;
  readonly #made: string[] = [];

  constructor(target: LambdaTarget) {
    this.#target = target;
    const { region, credentials, endpoint } = target.client.config;
    this.#client = new SQSClient({ region, credentials, ...(endpoint && { endpoint }) });
  }

  /** Resolves with the ARN of a new queue. */
  async create(suffix: "" | ".fifo" = ""): Promise<string> {
    const { region, accountId } = this.#target;
    const QueueName = `${this.#target.newName()}${suffix}`;
    const Attributes = suffix ? { FifoQueue: "true" } : {};
    const { QueueUrl = "" } = await this.#client.send(new CreateQueueCommand({ QueueName, Attributes }));
    this.#made.push(QueueUrl);
    return `arn:aws:sqs:${region}:${accountId}:${QueueName}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#made.map((QueueUrl) => this.#client.send(new DeleteQueueCommand({ QueueUrl }))));
    this.#client.destroy();
  }
}
