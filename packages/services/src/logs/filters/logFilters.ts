import { BackgroundLoop, type Clock, Counter, Gauge, type Registry } from "@hearth/kit";
import { type ClaimedLogChunk, LOG_FILTER_CHANNEL, LogFilterQueue, LogFilterStore } from "@hearth/store";
import { LogThreadTimeout } from "../threads/logThreads.ts";
import { ChunkFilter, type ChunkFilterDeps } from "./chunkFilter.ts";
import { SlowAccounts } from "./slowAccounts.ts";

export interface LogFiltersDeps extends ChunkFilterDeps {
  readonly clock: Clock;
  readonly registry: Registry;
}

/** A wake-up may be lost; looking costs one query of an index that is nearly always empty. */
const LOOK_MS = 5_000;
const LEASE_MS = 60_000;
/** Accounts that have a turn under one lease, and chunks of each. */
const ACCOUNTS_AT_ONCE = 4;
const CHUNKS_PER_TURN = 4;
/** An account whose turn takes longer is slow: it waits for the lane of the slow ones. */
const TURN_MS = 1_000;
/** Of one chunk, in each lane. */
const QUICK_TIMEOUT_MS = 2_000;
const SLOW_TIMEOUT_MS = 20_000;
const MAX_ATTEMPTS = 5;
/** Filters that take too long take as long the next time; a busy machine may have been the reason once. */
const MAX_TIMEOUTS = 2;
const RETRY_MS = 2_000;
const MAX_WAIT_MS = 24 * 3_600_000;
const MEASURE_MS = 30_000;

/**
 * Applies subscription filters and metric filters to the chunks that were written to their groups. The messages and the values of a chunk are written in the
 * transaction that removes it from the list of those that wait, under a lease: several processes may run this, and one that dies loses nothing. Nothing of
 * this happens where functions run: a group without filters costs a look at one column when its lines are stored.
 *
 * Accounts take turns of a second. Those whose filters need more have a lane of their own, in which they take turns too: they delay each other, and no others.
 */
export class LogFilters implements AsyncDisposable {
  readonly #deps: LogFiltersDeps;
  readonly #queue: LogFilterQueue;
  readonly #filters: LogFilterStore;
  readonly #chunkFilter: ChunkFilter;
  readonly #owner: string;
  readonly #slow: SlowAccounts;
  readonly #quickLane: BackgroundLoop;
  readonly #slowLane: BackgroundLoop;
  readonly #chunks: Counter;
  #lastServed = "";
  #listening: Promise<AsyncDisposable | undefined> | undefined;
  #depth = { waiting: 0, oldestSeconds: 0 };
  #measureAt = Number.NEGATIVE_INFINITY;

  constructor(deps: LogFiltersDeps) {
    this.#deps = deps;
    this.#queue = new LogFilterQueue(deps.database);
    this.#filters = new LogFilterStore(deps.database);
    this.#chunkFilter = new ChunkFilter(deps);
    this.#owner = deps.random.uuid();
    this.#slow = new SlowAccounts(deps.clock);
    this.#chunks = new Counter({
      name: "hearth_log_filter_chunks_total",
      help: "Chunks of log events that went through the filters of their groups, by outcome: done, repeated, or dropped after several attempts.",
      labelNames: ["outcome"],
      registers: [deps.registry],
    });
    const read = () => this.#depth;
    new Gauge({
      name: "hearth_log_filter_waiting_chunks",
      help: "Chunks of log events that wait for the filters of their groups.",
      registers: [deps.registry],
      collect() {
        this.set(read().waiting);
      },
    });
    new Gauge({
      name: "hearth_log_filter_lag_seconds",
      help: "Age of the oldest chunk of log events that waits for the filters of its group.",
      registers: [deps.registry],
      collect() {
        this.set(read().oldestSeconds);
      },
    });
    this.#quickLane = new BackgroundLoop("log filters", LOOK_MS, (signal) => this.#runQuick(signal), deps);
    this.#slowLane = new BackgroundLoop("slow log filters", LOOK_MS, (signal) => this.#runSlow(signal), deps);
  }

  async #runQuick(signal: AbortSignal): Promise<void> {
    await this.#listen();
    while (!signal.aborted) {
      const accounts = (await this.#queue.accounts()).filter((accountId) => !this.#slow.has(accountId));
      const turns = rotated(accounts, this.#lastServed).slice(0, ACCOUNTS_AT_ONCE);
      await this.#measure(turns.length > 0);
      if (turns.length === 0) return;
      this.#lastServed = turns.at(-1) ?? "";
      const claimed = await this.#queue.claim(this.#owner, turns, CHUNKS_PER_TURN, LEASE_MS);
      const groups = await this.#groupsOf(claimed);
      for (const chunks of Map.groupBy(claimed, ({ groupId }) => groups.get(groupId)?.accountId).values()) {
        await this.#turn(chunks, groups);
      }
    }
  }

  /** The chunks of one account. What does not fit into its time is put back. */
  async #turn(chunks: readonly ClaimedLogChunk[], groups: Groups): Promise<void> {
    const { clock } = this.#deps;
    const startedAt = clock.monotonicMs();
    for (const [at, chunk] of chunks.entries()) {
      const isQuick = await this.#filter(chunk, groups, QUICK_TIMEOUT_MS);
      if (isQuick && clock.monotonicMs() - startedAt < TURN_MS) continue;
      const accountId = groups.get(chunk.groupId)?.accountId;
      if (accountId === undefined) continue;
      this.#slow.add(accountId);
      const left = chunks.slice(isQuick ? at + 1 : at);
      if (left.length > 0) await this.#queue.putBack(this.#owner, left, { inMs: 0, isAttempt: false });
      return this.#slowLane.wake();
    }
  }

  async #runSlow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#slow.size > 0) {
      const waiting = new Set(await this.#queue.accounts());
      const accountId = this.#slow.next((each) => waiting.has(each));
      if (accountId === undefined) return;
      const claimed = await this.#queue.claim(this.#owner, [accountId], 1, LEASE_MS);
      const groups = await this.#groupsOf(claimed);
      const { clock } = this.#deps;
      const startedAt = clock.monotonicMs();
      for (const chunk of claimed) await this.#filter(chunk, groups, SLOW_TIMEOUT_MS);
      if (clock.monotonicMs() - startedAt < TURN_MS / CHUNKS_PER_TURN) {
        this.#slow.delete(accountId);
        this.#quickLane.wake();
      }
    }
  }

  async #groupsOf(chunks: readonly ClaimedLogChunk[]): Promise<Groups> {
    return await this.#filters.ofGroups([...new Set(chunks.map(({ groupId }) => groupId))]);
  }

  async #listen(): Promise<void> {
    const { database, logger } = this.#deps;
    const wake = (): void => {
      this.#quickLane.wake();
      if (this.#slow.size > 0) this.#slowLane.wake();
    };
    this.#listening ??= database
      .listen(LOG_FILTER_CHANNEL, { onNotify: wake, onConnected: wake })
      .catch((error: unknown) => {
        logger.warn(
          { err: error },
          "cannot listen for log events that filters wait for; they are looked for every few seconds",
        );
        return undefined;
      });
    if (!(await this.#listening)) this.#listening = undefined;
  }

  /** False when the filters need more time than the lane of quick ones has; the chunk still has to be put back then. */
  async #filter(chunk: ClaimedLogChunk, groups: Groups, timeoutMs: number): Promise<boolean> {
    const group = groups.get(chunk.groupId);
    try {
      if (this.#deps.clock.now() - chunk.ingestionTime > MAX_WAIT_MS)
        throw new Error("the log events waited for a day");
      await this.#chunkFilter.apply(chunk, group, { owner: this.#owner, timeoutMs });
      this.#chunks.inc({ outcome: "done" });
      return true;
    } catch (error) {
      if (error instanceof LogThreadTimeout && timeoutMs === QUICK_TIMEOUT_MS) return false;
      await this.#failed(chunk, error, { group: group?.logGroupName, accountId: group?.accountId });
      return true;
    }
  }

  async #failed(chunk: ClaimedLogChunk, error: unknown, where: object): Promise<void> {
    const { logger, database, clock } = this.#deps;
    const about = { ...where, err: error, attempts: chunk.attempts };
    const isWorthAttempt =
      chunk.attempts < (error instanceof LogThreadTimeout ? MAX_TIMEOUTS : MAX_ATTEMPTS) &&
      clock.now() - chunk.ingestionTime <= MAX_WAIT_MS;
    if (isWorthAttempt) {
      logger.warn(about, "log events could not be passed to the filters of their group; they will be tried again");
      this.#chunks.inc({ outcome: "repeated" });
      await this.#queue.putBack(this.#owner, [chunk], { inMs: RETRY_MS * 2 ** chunk.attempts, isAttempt: true });
      return;
    }
    logger.error(about, "log events could not be passed to the filters of their group; they were dropped");
    this.#chunks.inc({ outcome: "dropped" });
    await database.transaction((tx) => this.#queue.remove(tx, this.#owner, [chunk]));
  }

  async #measure(wasBusy: boolean): Promise<void> {
    const now = this.#deps.clock.monotonicMs();
    if (!wasBusy && this.#depth.waiting === 0) return;
    if (now < this.#measureAt && wasBusy) return;
    this.#depth = await this.#queue.depth();
    this.#measureAt = now + MEASURE_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#quickLane[Symbol.asyncDispose](), this.#slowLane[Symbol.asyncDispose]()]);
    await (await this.#listening)?.[Symbol.asyncDispose]();
  }
}

type Groups = Awaited<ReturnType<LogFilterStore["ofGroups"]>>;

/** The ids after `last` come first. */
function rotated(ids: readonly string[], last: string): readonly string[] {
  const at = ids.findIndex((id) => id > last);
  return at <= 0 ? ids : [...ids.slice(at), ...ids.slice(0, at)];
}
