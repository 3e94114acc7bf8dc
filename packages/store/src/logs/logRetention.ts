import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import { dayOf, LOG_PARTITION_LOCK } from "./logChunks.ts";

export interface LogRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Retention of groups without a setting of their own. Absent: forever. */
  readonly defaultDays?: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Drops log events past their group's retention, hourly; drops a day as a whole when none of its events is kept any more. */
export class LogRetention implements AsyncDisposable {
  readonly #deps: LogRetentionDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: LogRetentionDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("log retention", HOUR_MS, () => this.collect(), deps);
  }

  /** Runs one collection. */
  async collect(): Promise<void> {
    const { database, clock } = this.#deps;
    const now = clock.now();
    const partitions = await database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'log_chunks'::regclass ORDER BY c.relname`,
    );
    for (const { name } of partitions) {
      const day = name.slice("log_chunks_".length).replaceAll("_", "-");
      if (day < dayOf(now - DAY_MS)) await this.#collectDay(name, now);
    }
    await this.#deleteEvents(now);
    await this.#deleteStreams(now);
  }

  async #collectDay(partition: string, now: number): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      await tx.query("SET LOCAL lock_timeout = '2s'");
      await tx.query("SELECT pg_advisory_xact_lock($1)", [LOG_PARTITION_LOCK]);
      const [there] = await tx.query("SELECT WHERE to_regclass($1) IS NOT NULL", [partition]);
      if (!there) return; // another process dropped it first
      const [row] = await tx.query<{ kept: boolean }>(
        `SELECT EXISTS (SELECT FROM ${partition} c JOIN log_groups g ON g.id = c.group_id
                         WHERE coalesce(g."retentionInDays", $2::integer) IS NULL
                            OR c.last_timestamp >= $1 - coalesce(g."retentionInDays", $2::integer)::bigint * ${DAY_MS}) AS kept`,
        [now, this.#deps.defaultDays],
      );
      if (row?.kept) return;
      await tx.query(`DROP TABLE ${partition}`);
      this.#deps.logger.info({ partition }, "dropped a day of function logs past its retention");
    });
  }

  /** Expired events of days that also have events to keep. */
  async #deleteEvents(now: number): Promise<void> {
    await this.#deps.database.query(
      `DELETE FROM log_chunks c USING log_groups g
        WHERE g.id = c.group_id AND coalesce(g."retentionInDays", $2::integer) IS NOT NULL
          AND c.last_timestamp < $1 - coalesce(g."retentionInDays", $2::integer)::bigint * ${DAY_MS}`,
      [now, this.#deps.defaultDays],
    );
  }

  /** Streams whose events have all expired and that have received none since. */
  async #deleteStreams(now: number): Promise<void> {
    await this.#deps.database.query(
      `DELETE FROM log_streams s USING log_groups g
        WHERE g.id = s.group_id AND coalesce(g."retentionInDays", $2::integer) IS NOT NULL
          AND greatest(s."creationTime", s."lastIngestionTime", s."lastEventTimestamp")
              < $1 - coalesce(g."retentionInDays", $2::integer)::bigint * ${DAY_MS}
          AND NOT EXISTS (SELECT FROM log_chunks c WHERE c.stream_id = s.id)`,
      [now, this.#deps.defaultDays],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
