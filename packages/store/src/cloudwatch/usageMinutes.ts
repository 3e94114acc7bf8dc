import type { AccountRegion } from "@hearth/model";
import type { Database, Transaction } from "../postgres/database.ts";

/** A minute in which functions ran. */
export interface UsageMinute extends AccountRegion {
  /** Its beginning, in seconds since the epoch. */
  readonly minute: number;
  readonly changes: string;
}

/** Runs of one minute that have all in common but their durations, which lie in one bucket. */
export interface UsageOfMinute {
  readonly functionName: string;
  readonly version: string;
  readonly qualifier: string | null;
  /** As `bucketOf` names it. */
  readonly bucket: string;
  readonly runs: number;
  readonly errors: number;
  readonly sumMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** The table of minutes whose usage is not in the metrics yet. `UsageStore` adds rows. */
export class UsageMinuteStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes minutes that are over, each under a lease of 30 seconds. */
  async claim(limit: number): Promise<readonly UsageMinute[]> {
    return await this.#database.query<UsageMinute>(
      `WITH due AS MATERIALIZED (
         SELECT account_id, region, minute FROM cloudwatch_usage_minutes WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       UPDATE cloudwatch_usage_minutes u SET due_at = now() + interval '30 seconds' FROM due
        WHERE u.account_id = due.account_id AND u.region = due.region AND u.minute = due.minute
       RETURNING u.account_id AS "accountId", u.region, u.minute::float8, u.changes::text`,
      [limit],
    );
  }

  async read({ accountId, region, minute }: UsageMinute): Promise<readonly UsageOfMinute[]> {
    return await this.#database.query<UsageOfMinute>(
      `SELECT function_name AS "functionName", version, qualifier,
              CASE WHEN duration_ms = 0 THEN 'z' ELSE 'p' || ceil(100 * ln(duration_ms))::int END AS bucket,
              count(*)::float8 AS runs, count(*) FILTER (WHERE outcome <> 'success')::float8 AS errors, sum(duration_ms) AS "sumMs",
              min(duration_ms) AS "minMs", max(duration_ms) AS "maxMs"
         FROM usage_records
        WHERE account_id = $1 AND region = $2 AND ended_at >= to_timestamp($3) AND ended_at < to_timestamp($3 + 60)
        GROUP BY 1, 2, 3, 4`,
      [accountId, region, minute],
    );
  }

  /** Notes in `tx` that the metrics show the minute. A minute that has changed meanwhile stays. */
  async finish(tx: Transaction, { accountId, region, minute, changes }: UsageMinute): Promise<void> {
    await tx.query(
      "DELETE FROM cloudwatch_usage_minutes WHERE account_id = $1 AND region = $2 AND minute = $3 AND changes = $4",
      [accountId, region, minute, changes],
    );
  }
}
