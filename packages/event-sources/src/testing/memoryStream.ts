import { SystemClock } from "@hearth/kit";
import type {
  MappedSource,
  OpenStream,
  ReadOptions,
  ReadResult,
  Shard,
  StartingPoint,
  StreamRecord,
  StreamSource,
} from "../eventSource.ts";

const clock = new SystemClock();

interface StoredRecord {
  readonly key: string;
  readonly body: string;
  readonly atMs: number;
}

interface MemoryShard extends Shard {
  readonly records: StoredRecord[];
  closed: boolean;
}

/** A stream in memory, for tests of the pipeline. Positions are the numbers of records. */
export class MemoryStream {
  readonly #shards = new Map<string, MemoryShard>();
  #changed = Promise.withResolvers<void>();

  constructor(shards: readonly string[] = ["s0"]) {
    for (const id of shards) this.#shards.set(id, { id, records: [], closed: false });
  }

  put(shard: string, key: string, body: string, atMs = clock.now()): void {
    this.#shards.get(shard)?.records.push({ key, body, atMs });
    this.#wake();
  }

  /** Closes a shard, whose keys go to two others from now on. */
  split(parent: string, children: readonly string[]): void {
    const shard = this.#shards.get(parent);
    if (shard) shard.closed = true;
    for (const id of children) this.#shards.set(id, { id, parents: [parent], records: [], closed: false });
    this.#wake();
  }

  source(): StreamSource {
    return {
      name: "memory",
      shape: "stream",
      serves: () => true,
      permissions: () => [],
      refusal: ({ action }) => action,
      check: async () => undefined,
      open: async () => this.#open(),
      batchInfo: (_mapping: MappedSource, shard, records) => ({
        MemoryBatchInfo: { shard, batchSize: records.length, first: records[0]?.id, last: records.at(-1)?.id },
      }),
    };
  }

  #open(): OpenStream {
    return {
      shards: async () =>
        [...this.#shards.values()].map(({ id, parents, closed }) => ({
          id,
          ...(parents && { parents }),
          isClosed: closed,
        })),
      begin: async (shard, at) => String(this.#begin(shard, at)),
      read: (shard, position, options, signal) => this.#read(shard, Number(position), options, signal),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #begin(shard: string, at: StartingPoint): number {
    const records = this.#shards.get(shard)?.records ?? [];
    if (at.kind === "TRIM_HORIZON") return 0;
    const first = at.kind === "AT_TIMESTAMP" ? records.findIndex(({ atMs }) => atMs >= at.atMs) : -1;
    return first < 0 ? records.length : first;
  }

  async #read(id: string, position: number, { limit }: ReadOptions, signal: AbortSignal): Promise<ReadResult> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    for (;;) {
      const changed = this.#changed.promise;
      const shard = this.#shards.get(id);
      if (!shard) throw new Error(`there is no shard ${id}`);
      const found = shard.records.slice(position, position + limit);
      const end = position + found.length;
      const isAtEnd = shard.closed && end === shard.records.length;
      if (found.length > 0 || isAtEnd || signal.aborted) {
        const records = found.map((record, at) => recordOf(id, record, position + at));
        return { records, position: String(end), ...(isAtEnd && { isAtEnd }) };
      }
      await Promise.race([changed, aborted]);
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function recordOf(shard: string, { key, body, atMs }: StoredRecord, number: number): StreamRecord {
  const id = `${shard}-${number}`;
  return {
    id,
    json: JSON.stringify({ eventID: id, key, data: body }),
    position: String(number + 1),
    partitionKey: key,
    arrivedAtMs: atMs,
    matched: () => ({ event: { key, data: body }, dataKey: "data", data: body }),
  };
}
