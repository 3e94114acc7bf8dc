import type { AsyncMessage, Channel, Connection } from "rabbitmq-client";
import type { Clock } from "@hearth/kit";
import type { OpenQueue, QueueRecord, ReceiveOptions } from "../eventSource.ts";
import { wholeText } from "../wholeText.ts";
import { exactBodies } from "./exactBodies.ts";
import { toRabbitmqMessage } from "./toRabbitmqMessage.ts";

export interface RabbitmqQueueOptions {
  readonly queues: readonly string[];
  readonly vhost: string;
  /** Limit of messages that the broker sends before earlier ones are settled. */
  readonly prefetch: number;
}

export interface RabbitmqRecord extends QueueRecord {
  /** Such as `orders::/`. */
  readonly queueKey: string;
}

const CLOSED = "the connection to the broker was closed";

/**
 * Queues of a RabbitMQ broker on one channel. The broker sends up to `prefetch` messages, which wait here until a batch takes them. What is not settled when the
 * connection ends returns to its queue by itself.
 */
export class RabbitmqQueue implements OpenQueue {
  readonly redeliversAtOnce = true;
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #waiting: RabbitmqRecord[] = [];
  #unsettled = new Set<string>();
  #arrived = Promise.withResolvers<void>();
  #failure: Error | undefined;

  private constructor(connection: Connection, channel: Channel, clock: Clock) {
    this.#connection = connection;
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Takes over `connection`. Rejects with the broker's error, such as that of a queue that does not exist. */
  static async open(
    connection: Connection,
    { queues, vhost, prefetch }: RabbitmqQueueOptions,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<RabbitmqQueue> {
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => undefined);
    const onAbort = (): void => failed.reject(signal.reason as Error);
    // The library connects again by itself; here the first error ends the connection, so that the pipeline shows it and sets the pace.
    connection.on("error", (error: unknown) => failed.reject(asError(error)));
    signal.addEventListener("abort", onAbort, { once: true });
    const begin = async (): Promise<RabbitmqQueue> => {
      signal.throwIfAborted();
      const channel = await connection.acquire({ emitErrorsFromChannel: true });
      channel.on("error", (error: unknown) => failed.reject(asError(error)));
      channel.on("basic.cancel", (_tag: string, error: unknown) => failed.reject(asError(error)));
      exactBodies(channel);
      const opened = new RabbitmqQueue(connection, channel, clock);
      failed.promise.catch((error: unknown) => opened.#fail(asError(error)));
      await channel.basicQos({ prefetchCount: prefetch });
      for (const queue of queues) {
        await channel.queueDeclare({ queue, passive: true });
        await channel.basicConsume({ queue }, (message) => opened.#take(`${queue}::${vhost}`, message));
      }
      // Before, the call that the broker refused rejects with its reason.
      channel.on("close", () => failed.reject(new Error(CLOSED)));
      if (!channel.active) throw new Error(CLOSED);
      return opened;
    };
    try {
      return await Promise.race([begin(), failed.promise]);
    } catch (error) {
      connection.unsafeDestroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async receive({ limit, waitMs }: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    const over = Promise.withResolvers<void>();
    using _timer = Number.isFinite(waitMs) ? this.#clock.after(waitMs, over.resolve) : undefined;
    const onAbort = (): void => over.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      let isOver = waitMs <= 0;
      while (this.#waiting.length === 0 && !this.#failure && !isOver && !signal.aborted) {
        const arrived = this.#arrived.promise.then(() => false);
        isOver = await Promise.race([arrived, over.promise.then(() => true)]);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (this.#failure) throw this.#failure;
    if (signal.aborted) return [];
    return this.#waiting.splice(0, limit);
  }

  /** Failed messages return to the head of their queue. */
  async settle(outcome: {
    readonly done: readonly QueueRecord[];
    readonly failed: readonly QueueRecord[];
  }): Promise<void> {
    const end = (records: readonly QueueRecord[], settle: (deliveryTag: number) => void): void => {
      for (const { receipt } of records) {
        if (!this.#unsettled.has(receipt)) continue; // by an earlier try
        if (this.#failure) throw this.#failure;
        settle(Number(receipt));
        this.#unsettled.delete(receipt);
      }
    };
    end(outcome.done, (deliveryTag) => this.#channel.basicAck({ deliveryTag }));
    // The last one first, so that they are in their order again.
    end(outcome.failed.toReversed(), (deliveryTag) => this.#channel.basicNack({ deliveryTag, requeue: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failure = this.#failure;
    this.#fail(new Error("the queue is not polled any longer"), { destroy: false });
    if (failure) return;
    await this.#channel.close(); // after what was settled; the broker puts back what waits here
    await this.#connection.close();
  }

  #take(queueKey: string, message: AsyncMessage): void {
    const body = message.body as Buffer; // by exactBodies
    const shown = toRabbitmqMessage(message, body);
    const receipt = String(message.deliveryTag);
    this.#unsettled.add(receipt);
    this.#waiting.push({
      json: JSON.stringify(shown),
      id: message.messageId ?? receipt,
      receipt,
      queueKey,
      matched: () => ({ event: { ...shown }, dataKey: "data", data: wholeText(body) }),
    });
    this.#wake();
  }

  #fail(error: Error, { destroy = true } = {}): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#waiting.length = 0;
    this.#wake();
    if (destroy) this.#connection.unsafeDestroy();
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(CLOSED, { cause: error });
}
