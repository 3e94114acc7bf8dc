import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export interface LogGroupKey extends AccountRegion {
  readonly logGroupName: string;
}

export interface LogGroupRecord {
  readonly id: bigint;
  readonly logGroupName: string;
  /** Milliseconds since the epoch. */
  readonly creationTime: number;
  /** Absent: keeps events forever. */
  readonly retentionInDays: number | null;
  readonly kmsKeyId: string | null;
  readonly logGroupClass: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewLogGroup {
  readonly creationTime: number;
  readonly kmsKeyId?: string | undefined;
  readonly logGroupClass: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface LogGroupQuery {
  readonly prefix?: string | undefined;
  /** A part of the name, case-insensitive. */
  readonly pattern?: string | undefined;
  readonly names?: readonly string[] | undefined;
  readonly logGroupClass?: string | undefined;
  /** Only names after this one. */
  readonly after: string;
  readonly limit: number;
}

const MAX_TAGS = 50;
const COLUMNS = `id, "logGroupName", "creationTime", "retentionInDays", "kmsKeyId", "logGroupClass", tags`;

type Row = Omit<LogGroupRecord, "creationTime"> & { readonly creationTime: bigint };

/** Log groups. */
export class LogGroupStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with false when the group already exists. */
  async create({ accountId, region, logGroupName }: LogGroupKey, group: NewLogGroup): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO log_groups (account_id, region, "logGroupName", "creationTime", "kmsKeyId", "logGroupClass", tags)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1`,
      [
        accountId,
        region,
        logGroupName,
        group.creationTime,
        group.kmsKeyId,
        group.logGroupClass,
        JSON.stringify(group.tags),
      ],
    );
    return rows.length > 0;
  }

  async find({ accountId, region, logGroupName }: LogGroupKey): Promise<LogGroupRecord | undefined> {
    const rows = await this.#database.prepared<Row>(
      `SELECT ${COLUMNS} FROM log_groups WHERE account_id = $1 AND region = $2 AND "logGroupName" = $3`,
      [accountId, region, logGroupName],
    );
    return rows[0] && toRecord(rows[0]);
  }

  /** A group of this account and region, by its id. */
  async findById({ accountId, region }: AccountRegion, id: bigint): Promise<LogGroupRecord | undefined> {
    const rows = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM log_groups WHERE account_id = $1 AND region = $2 AND id = $3`,
      [accountId, region, id],
    );
    return rows[0] && toRecord(rows[0]);
  }

  /** Ordered by name. */
  async list({ accountId, region }: AccountRegion, query: LogGroupQuery): Promise<readonly LogGroupRecord[]> {
    const { prefix = "", pattern = "", names, logGroupClass, after, limit } = query;
    const rows = await this.#database.prepared<Row>(
      `SELECT ${COLUMNS} FROM log_groups
        WHERE account_id = $1 AND region = $2 AND "logGroupName" > $3 AND starts_with("logGroupName", $4)
          AND strpos(lower("logGroupName"), lower($5)) > 0
          AND ($6::text[] IS NULL OR "logGroupName" = ANY($6)) AND ($7::text IS NULL OR "logGroupClass" = $7)
        ORDER BY "logGroupName" LIMIT $8`,
      [accountId, region, after, prefix, pattern, names, logGroupClass, limit],
    );
    return rows.map(toRecord);
  }

  /** Stored bytes of messages per group; groups without messages are absent. */
  async storedBytes(ids: readonly bigint[]): Promise<ReadonlyMap<bigint, number>> {
    const rows = await this.#database.query<{ id: bigint; bytes: bigint }>(
      "SELECT group_id AS id, sum(bytes)::bigint AS bytes FROM log_chunks WHERE group_id = ANY($1::bigint[]) GROUP BY group_id",
      [ids],
    );
    return new Map(rows.map(({ id, bytes }) => [id, Number(bytes)]));
  }

  /** Deletes the group with its streams and events. Resolves with false when the group does not exist. */
  async delete({ accountId, region, logGroupName }: LogGroupKey): Promise<boolean> {
    const rows = await this.#database.query(
      `DELETE FROM log_groups WHERE account_id = $1 AND region = $2 AND "logGroupName" = $3 RETURNING 1`,
      [accountId, region, logGroupName],
    );
    return rows.length > 0;
  }

  /** Without `days`, events are kept forever. Resolves with false when the group does not exist. */
  async setRetention({ accountId, region, logGroupName }: LogGroupKey, days: number | undefined): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE log_groups SET "retentionInDays" = $4 WHERE account_id = $1 AND region = $2 AND "logGroupName" = $3 RETURNING 1`,
      [accountId, region, logGroupName, days],
    );
    return rows.length > 0;
  }

  /** Adds tags; an existing tag gets the new value. */
  async tag(
    { accountId, region, logGroupName }: LogGroupKey,
    tags: Readonly<Record<string, string>>,
  ): Promise<"tagged" | "missing" | "tooMany"> {
    return await this.#database.transaction(async (tx) => {
      const [group] = await tx.query<Pick<LogGroupRecord, "id" | "tags">>(
        `SELECT id, tags FROM log_groups WHERE account_id = $1 AND region = $2 AND "logGroupName" = $3 FOR UPDATE`,
        [accountId, region, logGroupName],
      );
      if (!group) return "missing";
      if (Object.keys({ ...group.tags, ...tags }).length > MAX_TAGS) return "tooMany";
      await tx.query("UPDATE log_groups SET tags = tags || $2::jsonb WHERE id = $1", [group.id, JSON.stringify(tags)]);
      return "tagged";
    });
  }

  /** Resolves with false when the group does not exist. */
  async untag({ accountId, region, logGroupName }: LogGroupKey, keys: readonly string[]): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE log_groups SET tags = tags - $4::text[] WHERE account_id = $1 AND region = $2 AND "logGroupName" = $3 RETURNING 1`,
      [accountId, region, logGroupName, keys],
    );
    return rows.length > 0;
  }
}

function toRecord(row: Row): LogGroupRecord {
  return { ...row, creationTime: Number(row.creationTime) };
}
