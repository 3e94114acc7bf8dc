import { BackgroundLoop, type Clock, type Logger, type Random } from "@hearth/kit";
import { AwsError } from "@hearth/model";
import type {
  Database,
  MovingSqsMessage,
  NewSqsFifoMessage,
  NewSqsMessage,
  SqsMoveTask,
  Transaction,
} from "@hearth/store";
import { SqsMoveTaskStore } from "@hearth/store";
import type { Queue } from "./queue.ts";
import type { Queues } from "./queues.ts";

export interface MoveTasksDeps {
  readonly database: Database;
  readonly queues: Pick<Queues, "findByArn" | "messages" | "announce">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const LOOK_MS = 1_000;
/** Of one step: a message may have a megabyte, and its bodies are in memory several times. */
const CHUNK = 25;

class MoveFailed extends AwsError {
  readonly code = "MoveFailed";
  readonly httpStatus = 400;
}

/**
 * Works on the tasks of StartMessageMoveTask, a step of each in turn, so that none holds up another, however slow it is to be. Several processes may run this:
 * a step belongs to one at a time, by a lease.
 */
export class MoveTasks implements AsyncDisposable {
  readonly #deps: MoveTasksDeps;
  readonly #store: SqsMoveTaskStore;
  readonly #loop: BackgroundLoop;

  constructor(deps: MoveTasksDeps) {
    this.#deps = deps;
    this.#store = new SqsMoveTaskStore(deps.database);
    this.#loop = new BackgroundLoop("SQS move tasks", LOOK_MS, (signal) => this.#work(signal), deps);
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const task = await this.#store.claim();
      if (!task) return;
      await this.#step(task);
    }
  }

  async #step(task: SqsMoveTask): Promise<void> {
    const { queues } = this.#deps;
    const { id, status, perSecond } = task;
    if (status !== "RUNNING") return await this.#store.end(id, "CANCELLED");
    const sent = new Map<string, number>();
    try {
      const { count } = await this.#store.move(task, Math.min(perSecond ?? CHUNK, CHUNK), (tx, messages) => {
        sent.clear();
        return this.#send(tx, task, messages, sent);
      });
      for (const [queueId, messages] of sent) queues.announce(queueId, messages, 0);
      if (count === 0) await this.#store.end(id, "COMPLETED");
      else await this.#store.release(id, perSecond === null ? 0 : (count / perSecond) * 1_000);
    } catch (error) {
      if (!(error instanceof MoveFailed)) throw error; // its lease ends, and it goes on
      await this.#store.end(id, "FAILED", error.message);
    }
  }

  async #send(
    tx: Transaction,
    { destinationArn }: SqsMoveTask,
    messages: readonly MovingSqsMessage[],
    sent: Map<string, number>,
  ): Promise<void> {
    const stored: (NewSqsMessage | NewSqsFifoMessage)[] = [];
    for (const message of messages) {
      const arn = destinationArn ?? message.sourceQueueArn;
      if (arn === null) throw new MoveFailed("CouldNotDetermineMessageSource");
      const queue = await this.#deps.queues.findByArn(arn);
      if (!queue) throw new MoveFailed("AWS.SimpleQueueService.NonExistentQueue");
      stored.push(this.#asNew(queue, message));
      sent.set(queue.id, (sent.get(queue.id) ?? 0) + 1);
    }
    await this.#deps.queues.messages.sendWithin(tx, stored);
  }

  /** As on AWS, a message that is moved gets a new id, and its retention begins anew. It is no duplicate of the one that it was. */
  #asNew(queue: Queue, message: MovingSqsMessage): NewSqsMessage | NewSqsFifoMessage {
    const { id: _id, sourceQueueArn: _source, groupId, dedupId, ...kept } = message;
    const messageId = this.#deps.random.uuid();
    const stored = { ...kept, queueId: queue.id, messageId, groupId, dedupId };
    if (!queue.isFifo || groupId === undefined) return stored;
    return { ...stored, groupId, dedupId: dedupId ?? messageId, scope: `moved ${messageId}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
