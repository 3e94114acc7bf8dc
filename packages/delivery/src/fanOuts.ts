import { type Backoff, BackgroundLoop, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { ClaimedFanOut, Database, FanOut, FanOutCursor, FanOutStore, Transaction } from "@hearth/store";
import type { Delivery } from "./delivery.ts";
import type { OutboxLimit } from "./outboxLimit.ts";
import type { Committed } from "./targetKind.ts";

/** A part of a fan-out. */
export interface Chunk {
  readonly messages: readonly OutgoingMessage[];
  /** Where the next chunk starts; absent for the last one. */
  readonly next?: FanOutCursor | undefined;
}

/** Knows the targets of fan-outs. Whoever owns them, such as the topics' subscriptions, registers one. */
export interface ChunkReader {
  readonly name: string;
  /** At most `limit` messages, from the fan-out's `cursor` on. Read outside of any transaction, and again when a chunk could not be written. */
  read(fanOut: ClaimedFanOut, limit: number): Promise<Chunk>;
}

export interface FanOutsOptions {
  readonly everyMs?: number;
  readonly leaseMs?: number;
  /** Chunks that are written at the same time, each of another account. */
  readonly parallel?: number;
  /** Messages of a chunk, and roughly their bytes. */
  readonly chunk?: { readonly messages: number; readonly bytes: number };
  readonly backoff?: Backoff;
  /** A fan-out that could not be continued for this long since it was accepted is given up. */
  readonly maxAgeMs?: number;
}

export interface FanOutsDeps {
  readonly database: Pick<Database, "transaction">;
  readonly fanOuts: FanOutStore;
  readonly delivery: Pick<Delivery, "prepare">;
  /** Limits what waits to be sent; no limit when absent. */
  readonly limit?: Pick<OutboxLimit, "check" | "count"> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const SOONEST_MS = 10;

/**
 * Sends one message to many targets. The transaction that causes it writes one row with the body; a worker expands it in chunks under a lease. A chunk and
 * the cursor after it are written in one transaction: a process that dies loses and doubles nothing. Accounts take turns.
 */
export class FanOuts implements AsyncDisposable {
  readonly #options: Required<FanOutsOptions>;
  readonly #deps: FanOutsDeps;
  readonly #readers = new Map<string, ChunkReader>();
  readonly #owner: string;
  readonly #loop: BackgroundLoop;
  readonly #running = new Map<string, Promise<void>>();
  #after = "";
  #timer: Disposable | undefined;
  #isStopping = false;

  constructor(options: FanOutsOptions, deps: FanOutsDeps) {
    this.#options = {
      everyMs: 30_000,
      leaseMs: 60_000,
      parallel: 3,
      chunk: { messages: 100, bytes: 8 * 1024 * 1024 },
      backoff: { baseMs: 500, maxMs: 60_000 },
      maxAgeMs: DAY_MS,
      ...options,
    };
    this.#deps = deps;
    this.#owner = deps.random.uuid();
    this.#loop = new BackgroundLoop("fan-outs", this.#options.everyMs, () => this.#step(), deps);
  }

  /** To be called before the first fan-out of this reader can be there. */
  register(reader: ChunkReader): void {
    this.#readers.set(reader.name, reader);
    this.#loop.wake();
  }

  /**
   * Writes a fan-out in the transaction of what causes it. Resolves with what is to be called after the commit. Rejects with ThrottlingException when too
   * many messages of the account wait to be sent.
   */
  async add(tx: Transaction, fanOut: FanOut): Promise<Committed> {
    const { limit, fanOuts } = this.#deps;
    const { accountId, body } = fanOut;
    limit?.check(accountId, body.byteLength);
    await fanOuts.add(tx, fanOut);
    return () => {
      limit?.count(accountId, body.byteLength);
      this.#loop.wake();
    };
  }

  /** Whether the account has at least `limit` fan-outs that are not finished. */
  async hasManyOf(accountId: string, limit: number): Promise<boolean> {
    return await this.#deps.fanOuts.hasManyOf(accountId, limit);
  }

  async #step(): Promise<void> {
    const { parallel, leaseMs } = this.#options;
    const limit = parallel - this.#running.size;
    const readers = [...this.#readers.keys()];
    if (limit <= 0 || readers.length === 0) return;
    const busy = [...this.#running.keys()];
    const claimed = await this.#deps.fanOuts.claim(this.#owner, { after: this.#after, busy, readers, limit, leaseMs });
    this.#after = claimed.at(-1)?.accountId ?? "";
    for (const one of claimed) {
      const running = this.#expand(one).finally(() => {
        this.#running.delete(one.accountId);
        if (!this.#isStopping) this.#loop.wake();
      });
      this.#running.set(one.accountId, running);
    }
    if (claimed.length === 0) await this.#sleepUntilDue();
  }

  async #sleepUntilDue(): Promise<void> {
    const { clock, fanOuts } = this.#deps;
    const ms = await fanOuts.nextDueInMs();
    this.#timer?.[Symbol.dispose]();
    // What is due and was not claimed waits for a chunk to be written.
    this.#timer =
      ms === undefined || ms <= 0 ? undefined : clock.after(Math.max(ms, SOONEST_MS), () => this.#loop.wake());
  }

  /** Writes the next chunk. Never rejects. */
  async #expand(claimed: ClaimedFanOut): Promise<void> {
    const { logger } = this.#deps;
    try {
      await this.#writeChunk(claimed);
    } catch (error) {
      const { id, accountId, region, reader } = claimed;
      logger.warn({ err: error, fanOut: id, accountId, region, reader }, "could not send a part of a fan-out");
      await this.#later(claimed, String(error)).catch((err: unknown) => {
        // Its lease ends, and it is tried again.
        logger.warn({ err, fanOut: id }, "could not put a fan-out back");
      });
    }
  }

  async #writeChunk(claimed: ClaimedFanOut): Promise<void> {
    const { database, fanOuts, delivery } = this.#deps;
    const { messages: most, bytes } = this.#options.chunk;
    const reader = this.#readers.get(claimed.reader);
    if (!reader) throw new Error(`nothing knows the targets of fan-outs of ${claimed.reader}`);
    const limit = Math.max(1, Math.min(most, Math.floor(bytes / Math.max(1, claimed.body.byteLength))));
    const { messages, next } = await reader.read(claimed, limit);
    const prepared = await delivery.prepare(messages);
    const isOwn = await database.transaction(async (tx) => {
      if (!(await fanOuts.advance(tx, this.#owner, claimed, next))) return false;
      await prepared.write(tx);
      return true;
    });
    if (isOwn) prepared.committed();
  }

  async #later(claimed: ClaimedFanOut, error: string): Promise<void> {
    const { database, fanOuts, random, logger } = this.#deps;
    const { maxAgeMs, backoff } = this.#options;
    if (claimed.ageMs < maxAgeMs) {
      return await fanOuts.putBack(this.#owner, claimed, error, backoffMs(claimed.failures + 1, backoff, random));
    }
    const { id, accountId, region, reader, cursor } = claimed;
    await database.transaction((tx) => fanOuts.advance(tx, this.#owner, claimed, undefined));
    logger.error({ fanOut: id, accountId, region, reader, cursor, error }, "the rest of a fan-out was given up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#loop[Symbol.asyncDispose]();
    this.#timer?.[Symbol.dispose]();
    await Promise.all(this.#running.values());
  }
}
