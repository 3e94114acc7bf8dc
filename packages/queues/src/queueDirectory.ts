import type { Clock } from "@hearth/kit";
import type { SqsQueueKey, SqsQueueRecord, SqsQueueStore } from "@hearth/store";
import { parseQueueArn, type Queue, toQueue } from "./queue.ts";

/** A change of a queue in another process is seen after this time; AWS takes up to 60 seconds. */
const FRESH_MS = 2_000;
const MAX_QUEUES = 10_000;

interface Known {
  readonly queue: Promise<Queue | undefined>;
  readonly readAtMs: number;
}

/** Queues by name, kept in memory for a short time. */
export class QueueDirectory {
  readonly #store: Pick<SqsQueueStore, "find">;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<SqsQueueStore, "find">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves with the same object while the queue is remembered. */
  async find(key: SqsQueueKey): Promise<Queue | undefined> {
    const name = nameOf(key);
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.readAtMs < FRESH_MS) return await known.queue;
    const previous = known?.queue;
    const queue = this.#store.find(key).then(async (record) => {
      if (!record) return undefined;
      const before = await previous?.catch(() => undefined);
      // The same object for an unchanged queue: policies are compiled once per object.
      return before && isSame(before, record) ? before : toQueue(record);
    });
    if (this.#known.size >= MAX_QUEUES) this.#known.clear();
    const entry = { queue, readAtMs: nowMs };
    this.#known.set(name, entry);
    try {
      const found = await queue;
      if (!found && this.#known.get(name) === entry) this.#known.delete(name);
      return found;
    } catch (error) {
      if (this.#known.get(name) === entry) this.#known.delete(name);
      throw error;
    }
  }

  async findByArn(arn: string): Promise<Queue | undefined> {
    const key = parseQueueArn(arn);
    return key && (await this.find(key));
  }

  /** The queue was changed: the next `find` reads it. */
  forget(key: SqsQueueKey): void {
    this.#known.delete(nameOf(key));
  }
}

function nameOf({ accountId, region, QueueName }: SqsQueueKey): string {
  return `${accountId} ${region} ${QueueName}`;
}

function isSame(queue: Queue, record: SqsQueueRecord): boolean {
  return (
    queue.id === record.id &&
    queue.modifiedAt === record.modifiedAt &&
    JSON.stringify([queue.attributes, queue.tags]) === JSON.stringify([record.attributes, record.tags])
  );
}
