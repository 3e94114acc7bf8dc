import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export type LogQueryStatus = "Scheduled" | "Running" | "Complete" | "Failed" | "Cancelled" | "Timeout";

export interface LogQueryGroup {
  /** Decimal. */
  readonly id: string;
  readonly name: string;
}

export interface NewLogQuery extends AccountRegion {
  readonly id: string;
  readonly query: string;
  readonly groups: readonly LogQueryGroup[];
  /** Milliseconds since the epoch, both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly maxRows: number | null;
  readonly createdAt: number;
}

export interface LogQueryStatistics {
  readonly recordsMatched: number;
  readonly recordsScanned: number;
  readonly bytesScanned: number;
}

export interface LogQuery extends NewLogQuery {
  readonly status: LogQueryStatus;
  readonly endedAt: number | null;
  readonly statistics: Partial<LogQueryStatistics>;
  readonly attempts: number;
}

export type LogQueryRow = readonly { readonly field: string; readonly value: string }[];

export interface LogQueryEnd {
  readonly status: "Complete" | "Failed" | "Timeout";
  readonly rows: readonly LogQueryRow[];
  readonly statistics: LogQueryStatistics;
  readonly endedAt: number;
}

/** The channel that hears of new queries. */
export const LOG_QUERY_CHANNEL = "hearth_log_queries";

const COLUMNS = `id, account_id AS "accountId", region, query, groups, from_ms::float8 AS "fromMs", to_ms::float8 AS "toMs", max_rows AS "maxRows",
  status, created_at::float8 AS "createdAt", ended_at::float8 AS "endedAt", statistics, attempts`;
const QUICKLY = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The table of queries over log events. */
export class LogQueryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes a query that is to run. False when the account has `limit` queries that have not ended. */
  async start(query: NewLogQuery, limit: number): Promise<boolean> {
    const { id, accountId, region, groups, fromMs, toMs, maxRows, createdAt } = query;
    const started = await this.#database.transaction(async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock(hashtext('log_queries'), hashtext($1))", [`${accountId} ${region}`]);
      const rows = await tx.query(
        `INSERT INTO log_queries (id, account_id, region, query, groups, from_ms, to_ms, max_rows, status, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'Scheduled', $9
          WHERE (SELECT count(*) FROM log_queries
                  WHERE account_id = $2 AND region = $3 AND status IN ('Scheduled', 'Running')) < $10 RETURNING 1`,
        [id, accountId, region, query.query, JSON.stringify(groups), fromMs, toMs, maxRows, createdAt, limit],
      );
      return rows.length > 0;
    });
    if (started) await this.#database.query("SELECT pg_notify($1, '')", [LOG_QUERY_CHANNEL]);
    return started;
  }

  /** Takes a query that waits, or whose process has died, under a lease. The accounts that wait longest come first. */
  async claim(owner: string, leaseMs: number): Promise<LogQuery | undefined> {
    const [row] = await this.#database.prepared<LogQuery>(
      `UPDATE log_queries SET status = 'Running', lease_owner = $1, due_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
        WHERE id = (SELECT q.id FROM log_queries q WHERE q.status IN ('Scheduled', 'Running') AND q.due_at <= now()
                     ORDER BY (SELECT count(*) FROM log_queries r WHERE r.account_id = q.account_id AND r.status = 'Running'), q.due_at
                     LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING ${COLUMNS}`,
      [owner, leaseMs],
    );
    return row;
  }

  /** Notes how far a query has come, and extends its lease. False when it was cancelled, or another process has it. */
  async progress(id: string, owner: string, statistics: LogQueryStatistics, leaseMs: number): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE log_queries SET statistics = $3, due_at = now() + $4 * interval '1 millisecond'
        WHERE id = $1 AND lease_owner = $2 AND status = 'Running' RETURNING 1`,
      [id, owner, JSON.stringify(statistics), leaseMs],
    );
    return rows.length > 0;
  }

  /** Stores the answer. Of an account whose answers take more than `keptBytes` together the oldest queries are removed. */
  async end(
    { id, accountId }: Pick<LogQuery, "id" | "accountId">,
    owner: string,
    { status, rows, statistics, endedAt }: LogQueryEnd,
    keptBytes: number,
  ): Promise<void> {
    const results = await compress(JSON.stringify(rows), QUICKLY);
    await this.#database.transaction(async (tx) => {
      await tx.query(
        `UPDATE log_queries SET status = $3, results = $4::bytea, result_bytes = length($4::bytea), statistics = $5, ended_at = $6, lease_owner = NULL
          WHERE id = $1 AND lease_owner = $2 AND status = 'Running'`,
        [id, owner, status, results, JSON.stringify(statistics), endedAt],
      );
      await tx.query(
        `DELETE FROM log_queries WHERE id IN (
           SELECT id FROM (SELECT id, sum(result_bytes) OVER (ORDER BY created_at DESC, id) AS total
                             FROM log_queries WHERE account_id = $1 AND result_bytes > 0) q WHERE total > $2 AND id <> $3)`,
        [accountId, keptBytes, id],
      );
    });
  }

  /** Cancels a query that has not ended. */
  async cancel(
    { accountId, region }: AccountRegion,
    id: string,
    now: number,
  ): Promise<"cancelled" | "ended" | "missing"> {
    const [row] = await this.#database.query<{ status: LogQueryStatus }>(
      `WITH found AS (SELECT id, status FROM log_queries WHERE account_id = $1 AND region = $2 AND id = $3 FOR UPDATE),
            cancelled AS (UPDATE log_queries q SET status = 'Cancelled', ended_at = $4, lease_owner = NULL FROM found
                           WHERE q.id = found.id AND found.status IN ('Scheduled', 'Running'))
       SELECT status FROM found`,
      [accountId, region, id, now],
    );
    if (!row) return "missing";
    return row.status === "Scheduled" || row.status === "Running" ? "cancelled" : "ended";
  }

  async find({ accountId, region }: AccountRegion, id: string): Promise<LogQuery | undefined> {
    const [row] = await this.#database.query<LogQuery>(
      `SELECT ${COLUMNS} FROM log_queries WHERE account_id = $1 AND region = $2 AND id = $3`,
      [accountId, region, id],
    );
    return row;
  }

  /** Rows of the answer; none while the query runs. */
  async rows(id: string): Promise<readonly LogQueryRow[]> {
    const [row] = await this.#database.query<{ results: Buffer | null }>(
      "SELECT results FROM log_queries WHERE id = $1",
      [id],
    );
    return row?.results ? (JSON.parse((await decompress(row.results)).toString()) as LogQueryRow[]) : [];
  }

  /** Latest first. */
  async list(
    { accountId, region }: AccountRegion,
    query: {
      readonly logGroupName?: string | undefined;
      readonly status?: string | undefined;
      readonly after?: readonly [createdAt: number, id: string] | undefined;
      readonly limit: number;
    },
  ): Promise<readonly LogQuery[]> {
    return await this.#database.query<LogQuery>(
      `SELECT ${COLUMNS} FROM log_queries
        WHERE account_id = $1 AND region = $2 AND ($3::text IS NULL OR status = $3)
          AND ($4::text IS NULL OR EXISTS (SELECT FROM json_array_elements(groups) g WHERE g->>'name' = $4))
          AND ($5::bigint IS NULL OR (created_at, id) < ($5, $6::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $7`,
      [accountId, region, query.status, query.logGroupName, query.after?.[0], query.after?.[1], query.limit],
    );
  }

  /** Removes queries that were started before `before`, and of each account those beyond the latest `keep`. */
  async forget(before: number, keep: number): Promise<void> {
    await this.#database.query(
      `DELETE FROM log_queries WHERE created_at < $1 AND status NOT IN ('Scheduled', 'Running')
          OR id IN (SELECT id FROM (SELECT id, status, row_number() OVER (PARTITION BY account_id, region ORDER BY created_at DESC) AS place
                                      FROM log_queries) q WHERE place > $2 AND status NOT IN ('Scheduled', 'Running'))`,
      [before, keep],
    );
  }
}
