import { BackgroundLoop, type Clock, type Logger, type Random } from "@hearth/kit";
import {
  type Database,
  LOG_QUERY_CHANNEL,
  LogChunkStore,
  type LogQuery,
  type LogQueryEnd,
  type LogQueryStatistics,
  LogQueryStore,
} from "@hearth/store";
import type { LogThreads } from "../threads/logThreads.ts";
import { type LogThread, LogThreadTimeout } from "../threads/logThreads.ts";

export interface LogQueriesDeps {
  readonly database: Database;
  readonly threads: Pick<LogThreads, "take">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Queries that run at the same time in this process; the others wait. */
export const QUERIES_AT_ONCE = 2;
const LOOK_MS = 10_000;
const LEASE_MS = 30_000;
const PROGRESS_MS = 1_000;
/** Of one page of chunks. */
const PAGE_TIMEOUT_MS = 60_000;
const MAX_RUN_MS = 15 * 60_000;
const MAX_ATTEMPTS = 3;
const FORGET_EVERY_MS = 600_000;
const KEPT_MS = 24 * 3_600_000;
const KEPT_PER_ACCOUNT = 1_000;
/** Answers of an account, compressed, in all its regions together. */
const KEPT_BYTES_PER_ACCOUNT = 256 * 1024 * 1024;
const NO_STATISTICS: LogQueryStatistics = { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 };

class Cancelled extends Error {}

/**
 * Runs the queries of Logs Insights: reads the chunks of their groups and times from PostgreSQL page by page, and evaluates them in a thread with limits of
 * time and memory. No SQL is made of a query. Several processes may run this: a query belongs to one of them by a lease, and is begun anew when it dies.
 */
export class LogQueries implements AsyncDisposable {
  readonly #deps: LogQueriesDeps;
  readonly #queries: LogQueryStore;
  readonly #chunks: LogChunkStore;
  readonly #owner: string;
  readonly #running = new Set<Promise<void>>();
  readonly #loop: BackgroundLoop;
  #listening: Promise<AsyncDisposable | undefined> | undefined;
  #forgetAt = Number.NEGATIVE_INFINITY;

  constructor(deps: LogQueriesDeps) {
    this.#deps = deps;
    this.#queries = new LogQueryStore(deps.database);
    this.#chunks = new LogChunkStore(deps.database);
    this.#owner = deps.random.uuid();
    this.#loop = new BackgroundLoop("log queries", LOOK_MS, (signal) => this.#step(signal), deps);
  }

  async #step(signal: AbortSignal): Promise<void> {
    await this.#listen();
    while (!signal.aborted && this.#running.size < QUERIES_AT_ONCE) {
      const query = await this.#queries.claim(this.#owner, LEASE_MS);
      if (!query) break;
      const run = this.#run(query, signal).finally(() => {
        this.#running.delete(run);
        this.#loop.wake();
      });
      this.#running.add(run);
    }
    const { clock } = this.#deps;
    if (clock.monotonicMs() < this.#forgetAt) return;
    await this.#queries.forget(clock.now() - KEPT_MS, KEPT_PER_ACCOUNT);
    this.#forgetAt = clock.monotonicMs() + FORGET_EVERY_MS;
  }

  async #listen(): Promise<void> {
    const { database, logger } = this.#deps;
    this.#listening ??= database
      .listen(LOG_QUERY_CHANNEL, { onNotify: () => this.#loop.wake(), onConnected: () => this.#loop.wake() })
      .catch((error: unknown) => {
        logger.warn({ err: error }, "cannot listen for queries over logs; they are looked for every few seconds");
        return undefined;
      });
    if (!(await this.#listening)) this.#listening = undefined;
  }

  /** Never rejects. A query that fails because of PostgreSQL or this process is begun anew when its lease has ended. */
  async #run(query: LogQuery, signal: AbortSignal): Promise<void> {
    const { logger, threads } = this.#deps;
    const about = { queryId: query.id, accountId: query.accountId };
    try {
      using thread = await threads.take();
      try {
        await this.#end(query, await this.#evaluate(query, thread, signal));
      } catch (error) {
        if (error instanceof Cancelled) return;
        if (error instanceof LogThreadTimeout) return await this.#end(query, { status: "Timeout" });
        if (!thread.isEnded && query.attempts < MAX_ATTEMPTS && !isAnswer(error)) throw error;
        logger.warn({ ...about, err: error }, "a query over logs failed");
        await this.#end(query, { status: "Failed" });
      }
    } catch (error) {
      if (!signal.aborted)
        logger.warn({ ...about, err: error }, "a query over logs was interrupted; it will be begun anew");
    }
  }

  async #evaluate(query: LogQuery, thread: LogThread, signal: AbortSignal): Promise<Partial<LogQueryEnd>> {
    const { clock } = this.#deps;
    const startedAt = clock.monotonicMs();
    let progressAt = startedAt + PROGRESS_MS;
    const { fromMs: from, toMs: to, accountId, region } = query;
    await thread.call(
      "startQuery",
      { query: query.query, limit: query.maxRows ?? undefined, from, to },
      PAGE_TIMEOUT_MS,
    );
    for (const { id, name } of query.groups) {
      const groupId = BigInt(id);
      for await (const page of this.#chunks.storedPages({ accountId, region, groupId, from, to })) {
        if (signal.aborted) throw new Cancelled("stopping");
        const chunks = page.map(({ seq, data, logStreamName, ingestionTime }) => ({
          seq,
          data,
          log: `${accountId}:${name}`,
          logStream: logStreamName,
          groupId,
          ingestionTime,
        }));
        const statistics = await thread.call("feedQuery", { chunks }, PAGE_TIMEOUT_MS);
        const now = clock.monotonicMs();
        if (now - startedAt > MAX_RUN_MS) return { status: "Timeout", statistics };
        if (now < progressAt) continue;
        progressAt = now + PROGRESS_MS;
        if (!(await this.#queries.progress(query.id, this.#owner, statistics, LEASE_MS)))
          throw new Cancelled("cancelled");
      }
    }
    const { rows, statistics } = await thread.call("finishQuery", {}, PAGE_TIMEOUT_MS);
    return { status: "Complete", rows, statistics };
  }

  async #end(query: LogQuery, { status = "Failed", rows = [], statistics }: Partial<LogQueryEnd>): Promise<void> {
    const endedAt = this.#deps.clock.now();
    const end = { status, rows, statistics: statistics ?? { ...NO_STATISTICS, ...query.statistics }, endedAt };
    await this.#queries.end(query, this.#owner, end, KEPT_BYTES_PER_ACCOUNT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#running);
    await (await this.#listening)?.[Symbol.asyncDispose]();
  }
}

/** What the thread said about the query itself: it would say the same again. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("query: ");
}
