import type { Clock } from "@hearth/kit";
import type { ReceivedSqsMessage, SqsClaim, SqsClaimed, SqsMessageStore } from "@hearth/store";
import type { Announcements } from "./announcements.ts";
import { OverLimit } from "./errors.ts";
import type { MessageAttributes, ReceivedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";
import type { QueueDirectory } from "./queueDirectory.ts";
import { encodeReceiptHandle } from "./receiptHandle.ts";
import { sequenceNumber } from "./sequenceNumber.ts";
import { VisibleFrom } from "./visibleFrom.ts";
import type { Waiters } from "./waiters.ts";

export interface ReceiveRequest {
  /** The API takes 1 to 10. */
  readonly limit: number;
  /** The queue's own by default. */
  readonly visibilitySeconds?: number | undefined;
  /** The queue's own by default. */
  readonly waitSeconds?: number | undefined;
  /** For FIFO queues: a receive that is repeated with the same id gets the same messages. */
  readonly attemptId?: string | undefined;
}

export interface ReceiverDeps {
  readonly messages: SqsMessageStore;
  readonly directory: QueueDirectory;
  readonly waiters: Waiters;
  readonly announcements: Announcements;
  readonly announce: (queueId: string, count: number, inMs: number) => void;
  readonly clock: Clock;
}

/** Messages in flight. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_IN_FLIGHT = 120_000;
const MAX_IN_FLIGHT_FIFO = 20_000;
const RECOUNT_MS = 1_000;
const LONGEST_WAIT_SECONDS = 20;
const MAX_TRACKED_QUEUES = 10_000;

/** An upper bound of the messages of a queue that this process's claims have put in flight. */
interface InFlight {
  bound: number;
  countedAtMs: number;
}

/** Receives messages, and waits for them without asking PostgreSQL meanwhile. */
export class Receiver {
  readonly #deps: ReceiverDeps;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #stop = new AbortController();
  readonly #visibleFrom: VisibleFrom;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
    this.#visibleFrom = new VisibleFrom(deps.clock);
  }

  stop(): void {
    this.#stop.abort(new Error("stopping"));
  }

  async receive(queue: Queue, request: ReceiveRequest, signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const { waitSeconds = queue.waitSeconds } = request;
    const visibilitySeconds = request.visibilitySeconds ?? queue.visibilitySeconds;
    const take = { limit: request.limit, visibilitySeconds, attemptId: request.attemptId };
    if (waitSeconds === 0) return await this.#take(queue, take);
    const { waiters, clock, announcements } = this.#deps;
    const endMs = clock.monotonicMs() + waitSeconds * 1000;
    const either = AbortSignal.any([signal, this.#stop.signal]);
    await announcements.listen();
    // Leaving it passes on a wake-up that came after the last look.
    using seat = waiters.join(queue.id);
    for (;;) {
      seat.begin();
      const received = await this.#take(queue, take);
      if (received.length > 0) {
        waiters.wake(queue.id, 1); // there may be more
        return received;
      }
      if (!waiters.knowsNext(queue.id)) {
        waiters.expect(queue.id, (await this.#deps.messages.nextVisibleInMs(queue.id)) ?? Number.POSITIVE_INFINITY);
      }
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) return [];
      await seat.woken(leftMs, clock, either);
      if (either.aborted) return [];
    }
  }

  async #take(
    queue: Queue,
    { limit, visibilitySeconds, attemptId }: Pick<SqsClaim, "limit" | "visibilitySeconds" | "attemptId">,
  ): Promise<readonly ReceivedMessage[]> {
    if (!(await this.#hasRoom(queue))) {
      if (queue.isFifo) return [];
      throw new OverLimit(`Too many messages are in flight; the limit is ${MAX_IN_FLIGHT}.`);
    }
    for (;;) {
      // Found anew each time: where it was deleted meanwhile, nothing was moved, and the same messages would be claimed again without end.
      const deadLetters = await this.#deadLetterQueue(queue);
      const claim: SqsClaim = {
        queueId: queue.id,
        limit,
        visibilitySeconds,
        attemptId,
        retentionSeconds: queue.retentionSeconds,
        maxReceiveCount: deadLetters && queue.redrive?.maxReceiveCount,
      };
      const visibleFromMs = queue.isFifo ? undefined : this.#visibleFrom.of(queue.id);
      const claimed = await this.#deps.messages.claim({ ...claim, visibleFromMs }, queue.isFifo);
      const { lastVisibleAtMs } = claimed;
      if (lastVisibleAtMs !== undefined) this.#visibleFrom.claimed(queue.id, lastVisibleAtMs);
      this.#count(queue, claimed.messages.length);
      if (deadLetters) await this.#bury(queue, deadLetters, claimed);
      if (claimed.messages.length > 0 || claimed.exhausted.length === 0) {
        if (claimed.messages.length > 0 && visibilitySeconds <= LONGEST_WAIT_SECONDS) {
          this.#deps.announce(queue.id, claimed.messages.length, visibilitySeconds * 1000);
        }
        return claimed.messages.map((message) => toReceived(queue, message));
      }
    }
  }

  /** Where messages go that were received too often. Without such a queue they are received on. */
  async #deadLetterQueue(queue: Queue): Promise<Queue | undefined> {
    if (!queue.redrive) return undefined;
    const found = await this.#deps.directory.findByArn(queue.redrive.deadLetterTargetArn);
    // A queue of another account may not be filled this way, and what is moved to the queue itself would be claimed again without end.
    const mayTake =
      found?.isFifo === queue.isFifo &&
      found.accountId === queue.accountId &&
      found.region === queue.region &&
      found.id !== queue.id;
    return mayTake ? found : undefined;
  }

  async #bury(queue: Queue, deadLetters: Queue, { exhausted }: SqsClaimed): Promise<void> {
    if (exhausted.length === 0) return;
    const from = { queueId: queue.id, arn: queue.arn };
    const moved = await this.#deps.messages.moveToDeadLetter(from, deadLetters.id, exhausted, queue.isFifo);
    if (moved === 0) this.#deps.directory.forget(deadLetters);
    else this.#deps.announce(deadLetters.id, moved, 0);
  }

  /** Counts only when this process may have claimed too many since it counted last. */
  async #hasRoom(queue: Queue): Promise<boolean> {
    const limit = queue.isFifo ? MAX_IN_FLIGHT_FIFO : MAX_IN_FLIGHT;
    const known = this.#inFlight.get(queue.id);
    if (!known || known.bound < limit) return true;
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - known.countedAtMs < RECOUNT_MS) return false;
    known.countedAtMs = nowMs;
    known.bound = await this.#deps.messages.inFlight(queue.id, limit);
    return known.bound < limit;
  }

  #count(queue: Queue, claimed: number): void {
    if (claimed === 0) return;
    const known = this.#inFlight.get(queue.id);
    if (known) known.bound += claimed;
    else {
      if (this.#inFlight.size >= MAX_TRACKED_QUEUES) this.#inFlight.clear();
      this.#inFlight.set(queue.id, { bound: claimed, countedAtMs: 0 });
    }
  }
}

function toReceived(queue: Queue, row: ReceivedSqsMessage): ReceivedMessage {
  const { id, receipt, traceHeader, groupId, dedupId, sourceQueueArn } = row;
  return {
    MessageId: row.messageId,
    ReceiptHandle: encodeReceiptHandle({ queueId: queue.id, id, receipt }),
    body: row.body,
    attributes: row.attributes === null ? {} : (JSON.parse(row.attributes) as MessageAttributes),
    senderId: row.senderId,
    sentAt: Math.floor(row.sentAt),
    firstReceivedAt: Math.floor(row.firstReceivedAt),
    receiveCount: row.receiveCount,
    ...(queue.isFifo && { sequenceNumber: sequenceNumber(id) }),
    ...(groupId !== null && { groupId }),
    ...(dedupId !== null && { deduplicationId: dedupId }),
    ...(traceHeader !== null && { traceHeader }),
    ...(sourceQueueArn !== null && { deadLetterSourceArn: sourceQueueArn }),
  };
}
