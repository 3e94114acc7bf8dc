import type { Clock } from "@hearth/kit";
import { OverLimit, type Queue, QueueDoesNotExist, type Queues, type ReceivedMessage, type Seat } from "@hearth/queues";
import type { OpenQueue, QueueRecord, ReceiveOptions } from "../eventSource.ts";
import { systemAttributes } from "./systemAttributes.ts";
import { toSqsRecord } from "./toSqsRecord.ts";

/** Records of one claim. */
const MAX_CLAIM = 500;
const IN_FLIGHT_WAIT_MS = 1_000;

/** A queue of Hearth's own, straight from its tables. */
export class HostedQueue implements OpenQueue {
  readonly #arn: string;
  readonly #queues: Queues;
  readonly #clock: Clock;
  #queue: Queue;

  private constructor(queue: Queue, queues: Queues, clock: Clock) {
    this.#arn = queue.arn;
    this.#queue = queue;
    this.#queues = queues;
    this.#clock = clock;
  }

  /** Rejects with QueueDoesNotExist. */
  static async open(arn: string, queues: Queues, clock: Clock): Promise<HostedQueue> {
    const queue = await queues.findByArn(arn);
    if (!queue) throw new QueueDoesNotExist();
    return new HostedQueue(queue, queues, clock);
  }

  get leaseMs(): number {
    // A time-out of 0 seconds would make every message run again and again.
    return Math.max(1, this.#queue.visibilitySeconds) * 1000;
  }

  async receive({ limit, waitMs }: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    const endMs = this.#clock.monotonicMs() + waitMs;
    let seat: Seat | undefined;
    try {
      for (;;) {
        if (waitMs > 0) seat ??= await this.#queues.watch(this.#queue);
        seat?.begin();
        const received = await this.#take(Math.min(limit, MAX_CLAIM), signal);
        if (received.length > 0 || !seat) return received.map((message) => this.#record(message));
        const leftMs = endMs - this.#clock.monotonicMs();
        if (leftMs <= 0) return [];
        await seat.woken(leftMs, this.#clock, signal);
        if (signal.aborted) return [];
      }
    } finally {
      seat?.[Symbol.dispose]();
    }
  }

  async #take(limit: number, signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const queue = await this.#queues.findByArn(this.#arn);
    if (queue?.id !== this.#queue.id) throw new QueueDoesNotExist(); // also when it was created again: it is opened anew
    this.#queue = queue;
    const request = { limit, waitSeconds: 0, visibilitySeconds: Math.max(1, queue.visibilitySeconds) };
    try {
      return await this.#queues.receive(queue, request, signal);
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
      await this.#clock.sleep(IN_FLIGHT_WAIT_MS, signal).catch(() => undefined);
      return [];
    }
  }

  #record(message: ReceivedMessage): QueueRecord {
    const { MessageId: messageId, ReceiptHandle: receiptHandle, body, attributes: messageAttributes } = message;
    const attributes = systemAttributes(message);
    const record = toSqsRecord({ messageId, receiptHandle, body, attributes, messageAttributes }, this.#queue);
    const { traceHeader } = message;
    return {
      json: JSON.stringify(record),
      id: message.MessageId,
      receipt: message.ReceiptHandle,
      ...(this.#queue.isFifo && message.groupId !== undefined && { groupId: message.groupId }),
      ...(traceHeader !== undefined && { traceId: traceHeader }),
      matched: () => ({ event: { ...record }, dataKey: "body", data: message.body }),
    };
  }

  /** Failed messages come back when their visibility timeout is over. */
  async settle({ done }: { readonly done: readonly QueueRecord[] }): Promise<void> {
    if (done.length === 0) return;
    await this.#queues.deleteReceived(
      this.#queue,
      done.map(({ receipt }) => receipt),
    );
  }

  async extend(records: readonly QueueRecord[]): Promise<void> {
    const seconds = Math.max(1, this.#queue.visibilitySeconds);
    await Promise.allSettled(
      records.map(({ receipt }) => this.#queues.changeVisibility(this.#queue, receipt, seconds)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
