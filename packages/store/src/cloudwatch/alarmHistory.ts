import type { AccountRegion } from "@hearth/model";
import type { Database, Transaction } from "../postgres/database.ts";
import type { AlarmHistoryItem, AlarmKey, AlarmKind } from "./alarmRecord.ts";

export interface AlarmHistoryQuery {
  readonly AlarmName?: string | undefined;
  readonly kinds: readonly AlarmKind[];
  readonly type?: string | undefined;
  readonly from: number;
  readonly until: number;
  readonly isAscending: boolean;
  /** The id of the last item of the page before. */
  readonly after: number | undefined;
  readonly limit: number;
}

/** AWS's limit of HistoryData. */
const MAX_DATA = 4_095;
const MAX_SUMMARY = 255;

export async function addAlarmHistory(
  tx: Transaction,
  { accountId, region, AlarmName }: AlarmKey,
  items: readonly Omit<AlarmHistoryItem, "AlarmName">[],
): Promise<void> {
  for (const { kind, at, type, summary, data } of items) {
    await tx.query(
      `INSERT INTO cloudwatch_alarm_history (account_id, region, "AlarmName", kind, at, type, summary, data)
       VALUES ($1, $2, $3, $4, to_timestamp($5 / 1000.0), $6, $7, $8)`,
      [accountId, region, AlarmName, kind, at, type, summary.slice(0, MAX_SUMMARY), data.slice(0, MAX_DATA)],
    );
  }
}

/** The table of what happened to alarms. */
export class AlarmHistoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(
    { accountId, region }: AccountRegion,
    query: AlarmHistoryQuery,
  ): Promise<readonly (AlarmHistoryItem & { readonly id: number })[]> {
    const { AlarmName, kinds, type, from, until, isAscending, after, limit } = query;
    return await this.#database.query(
      `SELECT id::float8, "AlarmName", kind, (extract(epoch FROM at) * 1000)::float8 AS at, type, summary, data FROM cloudwatch_alarm_history h
        WHERE account_id = $1 AND region = $2 AND ($3::text IS NULL OR "AlarmName" = $3) AND kind = ANY ($4) AND ($5::text IS NULL OR type = $5)
          AND h.at >= to_timestamp($6 / 1000.0) AND h.at <= to_timestamp($7 / 1000.0) AND ($8::bigint IS NULL OR h.id ${isAscending ? ">" : "<"} $8)
        ORDER BY h.id ${isAscending ? "ASC" : "DESC"} LIMIT $9`,
      [accountId, region, AlarmName ?? null, kinds, type ?? null, from, until, after ?? null, limit],
    );
  }
}
