import { BackgroundLoop, type Clock, Counter, type Logger, type Registry } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

export interface LogStorageLimitDeps {
  readonly database: Database;
  /** What the log events of one account may take, uncompressed. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const EVERY_MS = 300_000;
/** Room is made for a while, so that an account at its limit does not lose some events at every turn. */
const KEPT_PART = 0.9;
const ROWS_AT_ONCE = 2_000;
/** "logsize" in ASCII. */
const LIMIT_LOCK = 0x6c6f6773697a65n;

/**
 * Limits the log events that are stored for each account: of an account beyond the limit the oldest are removed, of all its groups and regions.
 * Writing logs never fails for it.
 */
export class LogStorageLimit implements AsyncDisposable {
  readonly #deps: LogStorageLimitDeps;
  readonly #dropped: Counter;
  readonly #loop: BackgroundLoop;

  constructor(deps: LogStorageLimitDeps) {
    this.#deps = deps;
    this.#dropped = new Counter({
      name: "hearth_log_storage_dropped_bytes_total",
      help: "Bytes of log events, uncompressed, that were removed because their account stored too many.",
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("log storage limit", EVERY_MS, (signal) => this.collect(signal), deps);
  }

  /** Runs one collection. */
  async collect(signal?: AbortSignal): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      // Two that remove at the same time would remove twice as much.
      const [row] = await tx.query<{ locked: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS locked", [LIMIT_LOCK]);
      if (row?.locked) await this.#collectAll(tx, signal);
    });
  }

  async #collectAll(tx: Transaction, signal: AbortSignal | undefined): Promise<void> {
    const { limitBytes, logger } = this.#deps;
    const beyond = await tx.query<{ accountId: string; bytes: number }>(
      `SELECT g.account_id AS "accountId", sum(c.bytes)::float8 AS bytes FROM log_chunks c JOIN log_groups g ON g.id = c.group_id
        GROUP BY g.account_id HAVING sum(c.bytes) > $1`,
      [limitBytes],
    );
    for (const { accountId, bytes } of beyond) {
      let dropped = 0;
      for (let left = bytes - limitBytes * KEPT_PART; left > 0 && !signal?.aborted;) {
        const removed = await removeOldest(tx, accountId, left);
        if (removed === 0) break; // the retention removed them
        left -= removed;
        dropped += removed;
      }
      this.#dropped.inc(dropped);
      logger.warn(
        { accountId, bytes, limitBytes, dropped },
        "an account stores too many log events: its oldest ones were removed",
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}

/** Removes the oldest rows that together hold `bytes`, some of them at a time. Resolves with the bytes removed. */
async function removeOldest(tx: Transaction, accountId: string, bytes: number): Promise<number> {
  const rows = await tx.query<{ bytes: number }>(
    `WITH oldest AS (
         SELECT c.day, c.seq, c.bytes FROM log_chunks c JOIN log_groups g ON g.id = c.group_id WHERE g.account_id = $1
          ORDER BY c.day, c.seq LIMIT ${ROWS_AT_ONCE}),
       counted AS (SELECT day, seq, sum(bytes) OVER (ORDER BY day, seq) - bytes AS before FROM oldest)
       DELETE FROM log_chunks c USING counted WHERE c.day = counted.day AND c.seq = counted.seq AND counted.before < $2
       RETURNING c.bytes::float8 AS bytes`,
    [accountId, bytes],
  );
  return rows.reduce((sum, row) => sum + row.bytes, 0);
}
