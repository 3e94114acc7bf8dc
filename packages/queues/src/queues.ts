import type { Clock, Logger, Random } from "@hearth/kit";
import { AwsError, type MetricSink } from "@hearth/model";
import {
  type AccountLimit,
  type Database,
  SqsMessageStore,
  type SqsQueueKey,
  SqsQueueStore,
  type StoredSqsMessage,
  type Transaction,
} from "@hearth/store";
import { Announcements } from "./announcements.ts";
import { refusalOfMessage, toStored } from "./checkMessage.ts";
import { OverLimit, QueueDoesNotExist } from "./errors.ts";
import { messageBytes, ownBytes, type NewMessage, type ReceivedMessage, type SentMessage } from "./message.ts";
import type { Queue } from "./queue.ts";
import { QueueMetrics } from "./queueMetrics.ts";
import { QueueDirectory } from "./queueDirectory.ts";
import { Receiver, type ReceiveRequest } from "./receiver.ts";
import { sequenceNumber } from "./sequenceNumber.ts";
import { changeVisibility, deleteMessage, deleteReceived } from "./settling.ts";
import { storageLimit } from "./storageLimit.ts";
import { type Seat, Waiters } from "./waiters.ts";
import { Watches } from "./watches.ts";

export interface QueuesDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What the messages of one account may take. No limit when absent. */
  readonly storageLimitBytes?: number | undefined;
  /** How many queues an account may have. No limit when absent. */
  readonly maxQueues?: number | undefined;
  /** Takes the metrics of AWS/SQS. */
  readonly metrics?: MetricSink;
}

/** A message for one of several queues. */
export interface Addressed {
  readonly queue: Queue;
  readonly message: NewMessage;
}

/** What a transaction has sent. */
export interface SentWithin {
  /** For each message, in order: what it became, or why its queue does not take it. */
  readonly results: readonly (SentMessage | AwsError)[];
  /** Wakes consumers that wait. To be called after the transaction has committed. */
  announce(): void;
}

/**
 * The queues of SQS below its API: sending, receiving and settling messages. PostgreSQL is the truth; what is in memory here only wakes consumers that
 * wait. Several processes may do so for the same queues.
 */
export class Queues implements AsyncDisposable {
  readonly directory: QueueDirectory;
  readonly store: SqsQueueStore;
  readonly messages: SqsMessageStore;
  readonly #deps: QueuesDeps;
  readonly #waiters: Waiters;
  readonly #watches: Watches;
  readonly #announcements: Announcements;
  readonly #receiver: Receiver;
  readonly #storage: AccountLimit | undefined;
  readonly #metrics: QueueMetrics | undefined;

  constructor(deps: QueuesDeps) {
    const { database, clock, random, logger, storageLimitBytes: limitBytes } = deps;
    this.#deps = deps;
    this.store = new SqsQueueStore(database);
    this.messages = new SqsMessageStore(database, logger);
    this.#storage =
      limitBytes === undefined ? undefined : storageLimit({ messages: this.messages, limitBytes, clock, logger });
    const { metrics: sink } = deps;
    this.#metrics = sink && new QueueMetrics({ messages: this.messages, sink, clock, logger });
    this.directory = new QueueDirectory(this.store, clock);
    this.#waiters = new Waiters(clock);
    this.#announcements = new Announcements({
      database,
      clock,
      logger,
      processId: random.hex(8),
      onAnnounced: ({ queueId, count, inMs }) => this.#wake(queueId, count, inMs),
      onGap: () => {
        this.#waiters.wakeAll();
        this.#watches.lookAtAll();
      },
    });
    this.#watches = new Watches({ messages: this.messages, clock, logger });
    this.#receiver = new Receiver({
      messages: this.messages,
      directory: this.directory,
      waiters: this.#waiters,
      announcements: this.#announcements,
      announce: (queueId, count, inMs) => this.announce(queueId, count, inMs),
      clock,
    });
  }

  async find(key: SqsQueueKey): Promise<Queue | undefined> {
    return await this.directory.find(key);
  }

  async findByArn(arn: string): Promise<Queue | undefined> {
    return await this.directory.findByArn(arn);
  }

  /** Whether the account may store a message of this size. */
  hasRoomFor({ accountId }: Pick<Queue, "accountId">, message: NewMessage): boolean {
    return this.#storage?.hasRoomFor(accountId, messageBytes(message)) ?? true;
  }

  /** Rejects with OverLimit when an account may have no more queues. */
  async checkCount(accountId: string): Promise<void> {
    const { maxQueues } = this.#deps;
    if (maxQueues === undefined || (await this.store.count(accountId)) < maxQueues) return;
    throw new OverLimit(`The account has ${maxQueues} queues, which is the limit.`);
  }

  /** Resolves when the message is committed. Rejects with an AwsError when the queue does not take it. */
  async send(queue: Queue, message: NewMessage): Promise<SentMessage> {
    const refusal = refusalOfMessage(queue, message);
    if (refusal) throw refusal;
    this.#storage?.check(queue.accountId, messageBytes(message));
    const stored = await this.messages.send(toStored(queue, message, this.#deps.random.uuid()));
    if (!stored) {
      this.directory.forget(queue);
      const successor = await this.directory.find(queue);
      if (!successor || successor.id === queue.id) throw new QueueDoesNotExist();
      return await this.send(successor, message); // the queue was deleted and created again
    }
    this.#announceSent(queue, message, stored);
    return toSent(queue, stored);
  }

  /**
   * Sends in the caller's transaction. A message that its queue does not take fails alone. FIFO queues stay locked until the transaction ends, so a
   * transaction must not send to them again.
   */
  async sendWithin(tx: Transaction, addressed: readonly Addressed[]): Promise<SentWithin> {
    const refusals = addressed.map(({ queue, message }) => refusalOfMessage(queue, message));
    const taken = addressed.filter((_one, at) => !refusals[at]);
    const stored = await this.messages.sendWithin(
      tx,
      taken.map(({ queue, message }) => toStored(queue, message, this.#deps.random.uuid())),
    );
    let next = 0;
    const outcomes = refusals.map((refusal) => refusal ?? stored[next++] ?? new QueueDoesNotExist());
    return {
      results: outcomes.map((outcome, at) => {
        const { queue } = addressed[at] as Addressed;
        return outcome instanceof AwsError ? outcome : toSent(queue, outcome);
      }),
      announce: () => {
        const charged = new Set<string>();
        addressed.forEach(({ queue, message }, at) => {
          const outcome = outcomes[at];
          if (outcome && !(outcome instanceof AwsError)) this.#announceSent(queue, message, outcome, charged);
        });
      },
    };
  }

  /** Resolves with messages as soon as there are some, with none when the time is over or `signal` aborts. */
  async receive(queue: Queue, request: ReceiveRequest, signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const received = await this.#receiver.receive(queue, request, signal);
    this.#metrics?.received(queue, received.length);
    return received;
  }

  /**
   * A seat for a consumer that receives without waiting, and waits here when there was nothing: until messages arrive or become visible. It costs no query of its
   * own while it waits. Dispose it to stop.
   */
  async watch(queue: Queue): Promise<Seat> {
    const seat = this.#watches.join(queue.id);
    await this.#announcements.listen();
    return seat;
  }

  /** Deletes messages that were received, in one statement. Handles that are old or unknown do nothing. */
  async deleteReceived(queue: Queue, receiptHandles: readonly string[]): Promise<void> {
    await deleteReceived(this.messages, queue, receiptHandles);
    if (queue.isFifo) this.announce(queue.id, receiptHandles.length, 0);
  }

  /** Deletes a message that was received. Rejects with an AwsError when the handle is not right. */
  async delete(queue: Queue, receiptHandle: string): Promise<void> {
    await deleteMessage(this.messages, queue, receiptHandle);
    this.#metrics?.deleted(queue);
    // The rest of the message group may be received now.
    if (queue.isFifo) this.announce(queue.id, 1, 0);
  }

  /** Rejects with an AwsError when the message is not in flight, or the handle not right. */
  async changeVisibility(queue: Queue, receiptHandle: string, seconds: number): Promise<void> {
    await changeVisibility(this.messages, queue, receiptHandle, seconds);
    this.announce(queue.id, 1, seconds * 1000);
  }

  /** Wakes consumers, here and in other processes, that wait for `count` messages which become visible in `inMs`. */
  announce(queueId: string, count: number, inMs: number): void {
    this.#wake(queueId, count, inMs);
    // No consumer waits for longer than 20 seconds.
    if (inMs <= LONGEST_WAIT_MS) this.#announcements.announce({ queueId, count, inMs });
  }

  /** `charged` are the texts that were counted already, with their accounts: a text that messages share is stored once. */
  #announceSent(
    queue: Queue,
    message: NewMessage,
    { isDuplicate }: StoredSqsMessage,
    charged = new Set<string>(),
  ): void {
    if (isDuplicate) return;
    this.#storage?.count(queue.accountId, ownBytes(message) + sharedBytes(queue, message, charged));
    this.#metrics?.sent(queue, messageBytes(message));
    const seconds = queue.isFifo ? queue.delaySeconds : (message.delaySeconds ?? queue.delaySeconds);
    this.announce(queue.id, 1, seconds * 1000);
  }

  #wake(queueId: string, count: number, inMs: number): void {
    if (inMs > 0) {
      this.#waiters.expect(queueId, inMs);
      this.#watches.expect(queueId, inMs);
    } else {
      this.#waiters.wake(queueId, count);
      this.#watches.wake(queueId);
    }
  }

  /** Consumers that wait get an empty answer. */
  stopWaiting(): void {
    this.#receiver.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopWaiting();
    await this.#metrics?.[Symbol.asyncDispose]();
    await this.#storage?.[Symbol.asyncDispose]();
    this.#watches[Symbol.dispose]();
    await this.#announcements[Symbol.asyncDispose]();
  }
}

const LONGEST_WAIT_MS = 20_000;

function sharedBytes({ accountId }: Queue, { sharedBody }: NewMessage, charged: Set<string>): number {
  if (!sharedBody) return 0;
  const { id, byteLength } = sharedBody.shared;
  const charge = `${accountId} ${id}`;
  if (charged.has(charge)) return 0;
  charged.add(charge);
  return byteLength;
}

function toSent({ isFifo }: Queue, { id, messageId }: StoredSqsMessage): SentMessage {
  return { MessageId: messageId, ...(isFifo && { SequenceNumber: sequenceNumber(id) }) };
}
