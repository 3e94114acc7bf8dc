import type { Clock, Logger } from "@hearth/kit";
import type { DynamoUsageStore, TableUsage } from "@hearth/store";

const FLUSH_MS = 2_000;

/** Adds up how tables grow, and writes that every two seconds. A killed process loses what it has not written; tables are counted anew from time to time. */
export class UsageCounter implements AsyncDisposable {
  readonly #deps: { readonly usage: Pick<DynamoUsageStore, "add">; readonly clock: Clock; readonly logger: Logger };
  #changes = new Map<string, TableUsage>();
  #timer: Disposable | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(deps: { readonly usage: Pick<DynamoUsageStore, "add">; readonly clock: Clock; readonly logger: Logger }) {
    this.#deps = deps;
  }

  add(tableId: string, { items, bytes, indexBytes, indexes }: TableUsage): void {
    const known = this.#changes.get(tableId);
    this.#changes.set(tableId, {
      items: items + (known?.items ?? 0),
      bytes: bytes + (known?.bytes ?? 0),
      indexBytes: indexBytes + (known?.indexBytes ?? 0),
      indexes: indexes ? addedUp(known?.indexes, indexes) : (known?.indexes ?? {}),
    });
    this.#timer ??= this.#deps.clock.after(FLUSH_MS, () => {
      this.#timer = undefined;
      this.#flushing = this.flush();
    });
  }

  /** Never rejects. */
  async flush(): Promise<void> {
    const changes = this.#changes;
    if (changes.size === 0) return;
    this.#changes = new Map();
    try {
      await this.#deps.usage.add(changes);
    } catch (error) {
      this.#deps.logger.warn({ err: error }, "could not note how tables have grown");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#flushing;
    await this.flush();
  }
}

type OfIndexes = NonNullable<TableUsage["indexes"]>;

function addedUp(known: OfIndexes = {}, more: OfIndexes): OfIndexes {
  const sums = { ...known };
  for (const [id, { items, bytes }] of Object.entries(more)) {
    sums[id] = { items: items + (known[id]?.items ?? 0), bytes: bytes + (known[id]?.bytes ?? 0) };
  }
  return sums;
}
