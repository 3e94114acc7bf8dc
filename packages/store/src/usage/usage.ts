import type { AccountRegion, UsageRecord } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

/** The usage of one function on one day (UTC). Names are unique within an account and region. */
export interface UsageSum {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  /** `2026-11-21`. */
  readonly day: string;
  readonly invocations: number;
  /** Runs that failed or timed out. */
  readonly errors: number;
  readonly billedMs: number;
  /** Billed time times configured memory, in GB-seconds of 1,024 MB. */
  readonly gbSeconds: number;
  readonly coldStarts: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface UsageQuery {
  /** Every account when absent. */
  readonly accountId?: string;
  readonly functionName?: string;
  /** First day, inclusive: `2026-11-01`. */
  readonly from: string;
  /** Last day, inclusive. */
  readonly to: string;
}

/** What a function did lately. */
export interface RecentUse {
  readonly functionName: string;
  readonly invocations: number;
  /** Runs that failed or timed out. */
  readonly errors: number;
}

/** "usage" in ASCII: the advisory lock held while partitions are created. */
const PARTITION_LOCK = 0x7573616765n;

/** The table of usage records. */
export class UsageStore {
  readonly #database: Database;
  readonly #partitions = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Inserts new records, and raises the figures of existing records where the new figures are larger; all or none. Inserting a record again changes
   * nothing, and the order of records with the same id does not matter. Notes which minutes the metrics of functions have to be made of again.
   */
  async insert(all: readonly UsageRecord[]): Promise<void> {
    if (all.length === 0) return;
    const records = largestById(all);
    for (const month of new Set(records.map((record) => monthOf(record.endedAt)))) await this.#ensurePartition(month);
    await this.#database.prepared(
      `WITH written AS (
       INSERT INTO usage_records
         (id, account_id, region, function_name, version, request_id, ended_at, duration_ms, billed_ms, memory_mb, max_memory_used_mb,
          init_duration_ms, outcome, bytes_in, bytes_out, qualifier)
       SELECT r.id, r."accountId", r.region, r."functionName", r.version, r."requestId", to_timestamp(r."endedAt" / 1000.0), r."durationMs", r."billedMs",
              r."memoryMb", r."maxMemoryUsedMb", r."initDurationMs", r.outcome, r."bytesIn", r."bytesOut", r.qualifier
       FROM json_to_recordset($1) AS r (id uuid, "accountId" text, region text, "functionName" text, version text, "requestId" uuid, "endedAt" double precision,
              "durationMs" double precision, "billedMs" bigint, "memoryMb" integer, "maxMemoryUsedMb" integer, "initDurationMs" double precision,
              outcome text, "bytesIn" bigint, "bytesOut" bigint, qualifier text)
       ON CONFLICT (id, ended_at) DO UPDATE
          SET duration_ms = excluded.duration_ms, billed_ms = excluded.billed_ms,
              max_memory_used_mb = greatest(usage_records.max_memory_used_mb, excluded.max_memory_used_mb)
        WHERE excluded.duration_ms > usage_records.duration_ms
       RETURNING account_id, region, floor(extract(epoch FROM ended_at) / 60)::bigint * 60 AS minute)
       INSERT INTO cloudwatch_usage_minutes AS m (account_id, region, minute, changes, due_at)
       SELECT account_id, region, minute, 1, to_timestamp(minute + 65) FROM written GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
       ON CONFLICT (account_id, region, minute) DO UPDATE SET changes = m.changes + 1`,
      [JSON.stringify(records)],
    );
  }

  /** What the functions of one account and region did from `since` on, without those that did nothing. */
  async recent({ accountId, region }: AccountRegion, since: Date): Promise<readonly RecentUse[]> {
    return await this.#database.query<RecentUse>(
      `SELECT function_name AS "functionName", count(*)::float8 AS invocations, count(*) FILTER (WHERE outcome <> 'success')::float8 AS errors
         FROM usage_records WHERE account_id = $1 AND region = $2 AND ended_at >= $3 GROUP BY 1`,
      [accountId, region, since],
    );
  }

  /** Sums by account, region, function and day, latest day first, over all regions. */
  async sums(query: UsageQuery): Promise<readonly UsageSum[]> {
    const rows = await this.#database.query<Record<keyof UsageSum, string | bigint | number>>(
      `SELECT account_id AS "accountId", region, function_name AS "functionName", to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS invocations,
              count(*) FILTER (WHERE outcome <> 'success') AS errors, sum(billed_ms)::bigint AS "billedMs",
              sum(billed_ms * memory_mb / 1024.0 / 1000.0)::double precision AS "gbSeconds",
              count(init_duration_ms) AS "coldStarts", sum(bytes_in)::bigint AS "bytesIn", sum(bytes_out)::bigint AS "bytesOut"
       FROM usage_records
       WHERE ($1::text IS NULL OR account_id = $1) AND ended_at >= $2::date AT TIME ZONE 'UTC' AND ended_at < ($3::date + 1) AT TIME ZONE 'UTC'
         AND ($4::text IS NULL OR function_name = $4)
       GROUP BY 1, 2, 3, 4
       ORDER BY 4 DESC, 1, 2, 3`,
      [query.accountId ?? null, query.from, query.to, query.functionName ?? null],
    );
    return rows.map((row) => ({
      accountId: String(row.accountId),
      region: String(row.region),
      functionName: String(row.functionName),
      day: String(row.day),
      invocations: Number(row.invocations),
      errors: Number(row.errors),
      billedMs: Number(row.billedMs),
      gbSeconds: Number(row.gbSeconds),
      coldStarts: Number(row.coldStarts),
      bytesIn: Number(row.bytesIn),
      bytesOut: Number(row.bytesOut),
    }));
  }

  async #ensurePartition(month: string): Promise<void> {
    if (this.#partitions.has(month)) return;
    const [year = 0, number = 0] = month.split("-").map(Number);
    const end = number === 12 ? `${year + 1}-01-01` : `${year}-${String(number + 1).padStart(2, "0")}-01`;
    await this.#database.transaction(async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock($1)", [PARTITION_LOCK]);
      await tx.query(
        `CREATE TABLE IF NOT EXISTS usage_records_${month.replace("-", "_")} PARTITION OF usage_records
         FOR VALUES FROM ('${month}-01 00:00:00+00') TO ('${end} 00:00:00+00')`,
      );
    });
    this.#partitions.add(month);
  }
}

/** Keeps one record for each id, because one statement cannot change a row twice. */
function largestById(records: readonly UsageRecord[]): readonly UsageRecord[] {
  const byId = new Map<string, UsageRecord>();
  for (const record of records) {
    const other = byId.get(record.id);
    if (!other || other.durationMs < record.durationMs) byId.set(record.id, record);
  }
  return byId.size === records.length ? records : [...byId.values()];
}

function monthOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 7);
}
