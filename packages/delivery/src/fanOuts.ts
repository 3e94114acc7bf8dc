import { type Backoff, BackgroundLoop, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type {
  AccountLimit,
  ClaimedFanOut,
  Database,
  FanOut,
  FanOutCursor,
  FanOutStore,
  Transaction,
} from "@hearth/store";
import type { Delivery } from "./delivery.ts";
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
  /** The messages from the fan-out's `cursor` on. Read outside of any transaction, and again when a chunk could not be written. */
  read(fanOut: ClaimedFanOut, limit: ChunkLimit): Promise<Chunk>;
}

/** Of one chunk. */
export interface ChunkLimit {
  readonly messages: number;
  /** Of all messages, roughly; a part that they share counts little. */
  readonly bytes: number;
}

export interface FanOutsOptions {
  readonly everyMs?: number;
  readonly leaseMs?: number;
  /** Fan-outs that are expanded at the same time, each of another account. */
  readonly parallel?: number;
  /** How long chunks of a fan-out are written before another account may take its place. */
  readonly turnMs?: number;
  readonly chunk?: ChunkLimit;
  readonly backoff?: Backoff;
  /** A fan-out that could not be continued for this long since it was accepted is given up. */
  readonly maxAgeMs?: number;
}

export interface FanOutsDeps {
  readonly database: Pick<Database, "transaction">;
  readonly fanOuts: FanOutStore;
  readonly delivery: Pick<Delivery, "prepare">;
  /** Limits what waits to be sent; no limit when absent. */
  readonly limit?: Pick<AccountLimit, "check" | "count"> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
/** While turns are under way: a fan-out that waits for them must not cause a query every few milliseconds. */
const RECHECK_MS = 500;
const SOONEST_MS = 10;
/** A fan-out pauses after each chunk for as long as it took, up to this: others, such as callers that send to queues, get their share of PostgreSQL. */
const MAX_PAUSE_MS = 100;

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
      turnMs: 500,
      chunk: { messages: 50, bytes: 4 * 1024 * 1024 },
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
    this.#timer = undefined;
    if (ms === undefined) return;
    // What is due by now waits for a turn to end, or has become due since this step looked.
    const waitMs = ms <= 0 && this.#running.size > 0 ? RECHECK_MS : Math.max(ms, SOONEST_MS);
    this.#timer = clock.after(waitMs, () => this.#loop.wake());
  }

  /** Writes the next chunks, for one turn. Never rejects. */
  async #expand(first: ClaimedFanOut): Promise<void> {
    const { clock } = this.#deps;
    const endMs = clock.monotonicMs() + this.#options.turnMs;
    let claimed: ClaimedFanOut | undefined = first;
    while (claimed) {
      const startMs = clock.monotonicMs();
      claimed = await this.#next(claimed, () => clock.monotonicMs() < endMs && !this.#isStopping);
      const pauseMs = Math.min(clock.monotonicMs() - startMs, MAX_PAUSE_MS);
      if (!this.#isStopping) await clock.sleep(pauseMs);
    }
  }

  /** Writes the next chunk. Resolves with the fan-out if its turn goes on. */
  async #next(claimed: ClaimedFanOut, goesOn: () => boolean): Promise<ClaimedFanOut | undefined> {
    const { logger } = this.#deps;
    try {
      return await this.#writeChunk(claimed, goesOn);
    } catch (error) {
      const { id, accountId, region, reader } = claimed;
      logger.warn({ err: error, fanOut: id, accountId, region, reader }, "could not send a part of a fan-out");
      await this.#later(claimed, String(error)).catch((err: unknown) => {
        // Its lease ends, and it is tried again.
        logger.warn({ err, fanOut: id }, "could not put a fan-out back");
      });
      return undefined;
    }
  }

  async #writeChunk(claimed: ClaimedFanOut, goesOn: () => boolean): Promise<ClaimedFanOut | undefined> {
    const { database, fanOuts, delivery } = this.#deps;
    const reader = this.#readers.get(claimed.reader);
    if (!reader) throw new Error(`nothing knows the targets of fan-outs of ${claimed.reader}`);
    const { messages, next } = await reader.read(claimed, this.#options.chunk);
    const prepared = await delivery.prepare(messages);
    const isTurn = next !== undefined && goesOn();
    const leaseMs = isTurn ? this.#options.leaseMs : 0;
    const isOwn = await database.transaction(async (tx) => {
      if (!(await fanOuts.advance(tx, this.#owner, claimed, next, leaseMs))) return false;
      await prepared.write(tx);
      return true;
    });
    if (!isOwn) return undefined;
    prepared.committed();
    return isTurn ? { ...claimed, cursor: next, failures: 0 } : undefined;
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
