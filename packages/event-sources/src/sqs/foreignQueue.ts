import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Clock } from "@hearth/kit";
import type { MessageAttributes } from "@hearth/queues";
import type { OpenQueue, QueueRecord, ReceiveOptions } from "../eventSource.ts";
import type { SqsServer } from "./sqsServer.ts";
import { toSqsRecord } from "./toSqsRecord.ts";

/** Of one request. */
const MAX_ENTRIES = 10;
const MAX_WAIT_SECONDS = 20;
const MIN_LEASE_SECONDS = 1;

/** A queue of another server, such as AWS or ElasticMQ, by the official client. */
export class ForeignQueue implements OpenQueue {
  readonly leaseMs: number;
  readonly #client: SQSClient;
  readonly #clock: Clock;
  readonly #arn: string;
  readonly #url: string;

  private constructor(client: SQSClient, arn: string, url: string, visibilitySeconds: number, clock: Clock) {
    this.#client = client;
    this.#arn = arn;
    this.#url = url;
    this.#clock = clock;
    this.leaseMs = Math.max(MIN_LEASE_SECONDS, visibilitySeconds) * 1000;
  }

  /** Rejects with the server's error, such as QueueDoesNotExist. */
  static async open(server: SqsServer, arn: string, clock: Clock, signal: AbortSignal): Promise<ForeignQueue> {
    const client = clientOf(server, arn);
    try {
      const { url, visibilitySeconds } = await look(client, arn, signal);
      return new ForeignQueue(client, arn, url, visibilitySeconds, clock);
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /** Rejects with the server's error. */
  static async visibilitySeconds(server: SqsServer, arn: string): Promise<number> {
    const client = clientOf(server, arn);
    try {
      return (await look(client, arn)).visibilitySeconds;
    } finally {
      client.destroy();
    }
  }

  async receive({ limit, waitMs }: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    const endMs = this.#clock.monotonicMs() + waitMs;
    while (!signal.aborted) {
      const leftMs = endMs - this.#clock.monotonicMs();
      const command = new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: Math.min(limit, MAX_ENTRIES),
        WaitTimeSeconds: Math.min(MAX_WAIT_SECONDS, Math.max(0, Math.ceil(leftMs / 1000))),
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });
      try {
        const { Messages = [] } = await this.#client.send(command, { abortSignal: signal });
        if (Messages.length > 0) return Messages.map((message) => this.#record(message));
      } catch (error) {
        if (signal.aborted) break;
        throw error;
      }
      if (this.#clock.monotonicMs() >= endMs) break;
    }
    return [];
  }

  #record(message: Message): QueueRecord {
    const { MessageId = "", ReceiptHandle = "", Body = "", Attributes = {} } = message;
    const attributes: Readonly<Record<string, string>> = Attributes;
    const region = this.#arn.split(":")[3] ?? "";
    const record = toSqsRecord(
      {
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes,
        messageAttributes: attributesOf(message),
      },
      { arn: this.#arn, region },
    );
    const { MessageGroupId, AWSTraceHeader } = attributes;
    return {
      json: JSON.stringify(record),
      id: MessageId,
      receipt: ReceiptHandle,
      ...(this.#arn.endsWith(".fifo") && MessageGroupId !== undefined && { groupId: MessageGroupId }),
      ...(AWSTraceHeader !== undefined && { traceId: AWSTraceHeader }),
      matched: () => ({ event: { ...record }, dataKey: "body", data: Body }),
    };
  }

  /** Failed messages come back when their visibility timeout is over. */
  async settle({ done }: { readonly done: readonly QueueRecord[] }): Promise<void> {
    for (const part of parts(done)) {
      const Entries = part.map(({ receipt }, at) => ({ Id: String(at), ReceiptHandle: receipt }));
      const { Failed = [] } = await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
      // A handle that is not valid any longer stays so: the message was received again, or is gone.
      const failed = Failed.find(({ SenderFault }) => !SenderFault);
      if (failed) throw new Error(`${failed.Code}: ${failed.Message ?? "the message was not deleted"}`);
    }
  }

  async extend(records: readonly QueueRecord[]): Promise<void> {
    const VisibilityTimeout = this.leaseMs / 1000;
    for (const part of parts(records)) {
      const Entries = part.map(({ receipt }, at) => ({ Id: String(at), ReceiptHandle: receipt, VisibilityTimeout }));
      await this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
  }
}

function clientOf({ endpoint, credentials }: SqsServer, arn: string): SQSClient {
  const region = arn.split(":")[3] ?? "us-east-1";
  return new SQSClient({ region, credentials, ...(endpoint !== undefined && { endpoint }) });
}

/** Finds a queue. */
async function look(
  client: SQSClient,
  arn: string,
  abortSignal?: AbortSignal,
): Promise<{ readonly url: string; readonly visibilitySeconds: number }> {
  const [, , , , QueueOwnerAWSAccountId, QueueName] = arn.split(":");
  const options = abortSignal ? { abortSignal } : {};
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }), options);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
    options,
  );
  return { url: QueueUrl ?? "", visibilitySeconds: Number(Attributes?.["VisibilityTimeout"] ?? 30) };
}

function attributesOf({ MessageAttributes: given = {} }: Message): MessageAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType = "", StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(BinaryValue !== undefined && { BinaryValue: Buffer.from(BinaryValue).toString("base64") }),
      },
    ]),
  );
}

function parts(records: readonly QueueRecord[]): readonly (readonly QueueRecord[])[] {
  const count = Math.ceil(records.length / MAX_ENTRIES);
  return Array.from({ length: count }, (_, at) => records.slice(at * MAX_ENTRIES, (at + 1) * MAX_ENTRIES));
}
