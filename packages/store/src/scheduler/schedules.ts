import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { NameList } from "./scheduleGroups.ts";

export interface ScheduleKey extends AccountRegion {
  readonly GroupName: string;
  readonly Name: string;
}

export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly EventBridgeParameters?: { readonly DetailType: string; readonly Source: string };
  readonly KinesisParameters?: { readonly PartitionKey: string };
}

/** What the owner has set. */
export interface ScheduleSettings {
  readonly Description?: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  /** Milliseconds since the epoch, as `EndDate`. */
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly FlexibleTimeWindow: { readonly Mode: string; readonly MaximumWindowInMinutes?: number };
  readonly Target: ScheduleTarget;
  readonly ActionAfterCompletion: string;
  readonly KmsKeyArn?: string;
}

export interface ScheduleValues {
  readonly State: string;
  readonly settings: ScheduleSettings;
  /** What a rate counts from, in milliseconds since the epoch. */
  readonly anchorMs: number;
}

export interface ScheduleRecord extends ScheduleKey, ScheduleValues {
  readonly clientToken: string | null;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export interface ScheduleList extends NameList {
  readonly GroupName?: string | undefined;
  readonly State?: string | undefined;
  /** Group and name of the last schedule of the page before. */
  readonly after?: readonly [string, string] | undefined;
}

const COLUMNS = `account_id AS "accountId", region, "GroupName", "Name", "State", settings, (extract(epoch FROM anchor_at) * 1000)::float8 AS "anchorMs",
  client_token AS "clientToken", (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs", (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedMs"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "GroupName" = $3 AND "Name" = $4`;

const keyOf = ({ accountId, region, GroupName, Name }: ScheduleKey) => [accountId, region, GroupName, Name];

/** The table of schedules. When they are due next is in the table of timers. */
export class ScheduleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** False when the name is taken. The group must exist. */
  async create(
    tx: Transaction,
    key: ScheduleKey,
    { State, settings, anchorMs }: ScheduleValues,
    clientToken: string | null,
  ): Promise<boolean> {
    const rows = await tx.prepared(
      `INSERT INTO schedules (account_id, region, "GroupName", "Name", "State", settings, anchor_at, client_token)
       VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000), $8) ON CONFLICT DO NOTHING RETURNING 1`,
      [...keyOf(key), State, JSON.stringify(settings), anchorMs, clientToken],
    );
    return rows.length > 0;
  }

  /** Locks the schedule until the transaction ends. */
  async lock(tx: Transaction, key: ScheduleKey): Promise<ScheduleRecord | undefined> {
    const [row] = await tx.prepared<ScheduleRecord>(
      `SELECT ${COLUMNS} FROM schedules WHERE ${OF_KEY} FOR UPDATE`,
      keyOf(key),
    );
    return row;
  }

  async replace(tx: Transaction, key: ScheduleKey, { State, settings, anchorMs }: ScheduleValues): Promise<void> {
    await tx.prepared(
      `UPDATE schedules SET "State" = $5, settings = $6, anchor_at = to_timestamp($7::float8 / 1000), modified_at = now() WHERE ${OF_KEY}`,
      [...keyOf(key), State, JSON.stringify(settings), anchorMs],
    );
  }

  async find(key: ScheduleKey): Promise<ScheduleRecord | undefined> {
    const [row] = await this.#database.prepared<ScheduleRecord>(
      `SELECT ${COLUMNS} FROM schedules WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return row;
  }

  /** Those of `keys` that exist, in any order. */
  async findAll(keys: readonly ScheduleKey[]): Promise<readonly ScheduleRecord[]> {
    return await this.#database.prepared<ScheduleRecord>(
      `SELECT ${COLUMNS} FROM schedules JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (a, r, g, n)
           ON account_id = a AND region = r AND "GroupName" = g AND "Name" = n`,
      [
        keys.map(({ accountId }) => accountId),
        keys.map(({ region }) => region),
        keys.map(({ GroupName }) => GroupName),
        keys.map(({ Name }) => Name),
      ],
    );
  }

  /** By group and name, in byte order. */
  async list({ accountId, region }: AccountRegion, query: ScheduleList): Promise<readonly ScheduleRecord[]> {
    const { prefix = "", after = ["", ""], limit, GroupName, State } = query;
    return await this.#database.query<ScheduleRecord>(
      `SELECT ${COLUMNS} FROM schedules
        WHERE account_id = $1 AND region = $2 AND ($3::text IS NULL OR "GroupName" = $3) AND ($4::text IS NULL OR "State" = $4) AND starts_with("Name", $5)
          AND ("GroupName" COLLATE "C", "Name" COLLATE "C") > ($6, $7)
        ORDER BY "GroupName" COLLATE "C", "Name" COLLATE "C" LIMIT $8`,
      [accountId, region, GroupName ?? null, State ?? null, prefix, ...after, limit],
    );
  }

  /** How many schedules the account has, counted up to `limit`. */
  async count({ accountId, region }: AccountRegion, limit: number): Promise<number> {
    const [row] = await this.#database.query<{ count: bigint }>(
      "SELECT count(*) FROM (SELECT 1 FROM schedules WHERE account_id = $1 AND region = $2 LIMIT $3) AS counted",
      [accountId, region, limit],
    );
    return Number(row?.count ?? 0);
  }

  /** False when there is none. */
  async delete(tx: Transaction, key: ScheduleKey): Promise<boolean> {
    const rows = await tx.prepared(`DELETE FROM schedules WHERE ${OF_KEY} RETURNING 1`, keyOf(key));
    return rows.length > 0;
  }
}
