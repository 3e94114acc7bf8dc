import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

export const DEFAULT_GROUP = "default";

export interface ScheduleGroupRecord extends AccountRegion {
  readonly Name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly clientToken: string | null;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export interface NameList {
  readonly prefix?: string | undefined;
  readonly limit: number;
}

const COLUMNS = `account_id AS "accountId", region, "Name", tags, client_token AS "clientToken", (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs",
  (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedMs"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "Name" = $3`;

/** The table of schedule groups. Every account has the group `default` in every region. */
export class ScheduleGroupStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `taken` when there is such a group, and with `tooMany` when the account has `quota` groups. */
  async create(
    { accountId, region }: AccountRegion,
    { Name, tags, clientToken }: Pick<ScheduleGroupRecord, "Name" | "tags" | "clientToken">,
    quota: number,
  ): Promise<ScheduleGroupRecord | "taken" | "tooMany"> {
    await this.#makeDefault({ accountId, region });
    const [row] = await this.#database.query<ScheduleGroupRecord>(
      `INSERT INTO schedule_groups (account_id, region, "Name", tags, client_token)
       SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM schedule_groups WHERE account_id = $1 AND region = $2) < $6
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [accountId, region, Name, JSON.stringify(tags), clientToken, quota],
    );
    return row ?? ((await this.find({ accountId, region }, Name)) ? "taken" : "tooMany");
  }

  async find({ accountId, region }: AccountRegion, Name: string): Promise<ScheduleGroupRecord | undefined> {
    if (Name === DEFAULT_GROUP) await this.#makeDefault({ accountId, region });
    const [row] = await this.#database.prepared<ScheduleGroupRecord>(
      `SELECT ${COLUMNS} FROM schedule_groups WHERE ${OF_KEY}`,
      [accountId, region, Name],
    );
    return row;
  }

  async list(
    { accountId, region }: AccountRegion,
    { prefix = "", after = "", limit }: NameList & { readonly after?: string | undefined },
  ): Promise<readonly ScheduleGroupRecord[]> {
    await this.#makeDefault({ accountId, region });
    return await this.#database.query<ScheduleGroupRecord>(
      `SELECT ${COLUMNS} FROM schedule_groups WHERE account_id = $1 AND region = $2 AND starts_with("Name", $3) AND "Name" COLLATE "C" > $4
        ORDER BY "Name" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit],
    );
  }

  /** Changes tags by `change`, which gets the present ones. False when there is no such group. */
  async changeTags(
    { accountId, region }: AccountRegion,
    Name: string,
    change: (tags: ScheduleGroupRecord["tags"]) => ScheduleGroupRecord["tags"],
  ): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<ScheduleGroupRecord>(
        `SELECT ${COLUMNS} FROM schedule_groups WHERE ${OF_KEY} FOR UPDATE`,
        [accountId, region, Name],
      );
      if (!row) return false;
      await tx.query(`UPDATE schedule_groups SET tags = $4, modified_at = now() WHERE ${OF_KEY}`, [
        accountId,
        region,
        Name,
        JSON.stringify(change(row.tags)),
      ]);
      return true;
    });
  }

  /** Deletes a group with its schedules. False when there is none. */
  async delete(tx: Transaction, { accountId, region }: AccountRegion, Name: string): Promise<boolean> {
    const rows = await tx.query(`DELETE FROM schedule_groups WHERE ${OF_KEY} RETURNING 1`, [accountId, region, Name]);
    return rows.length > 0;
  }

  async #makeDefault({ accountId, region }: AccountRegion): Promise<void> {
    const [found] = await this.#database.prepared(`SELECT 1 FROM schedule_groups WHERE ${OF_KEY}`, [
      accountId,
      region,
      DEFAULT_GROUP,
    ]);
    if (found) return;
    await this.#database.query(
      `INSERT INTO schedule_groups (account_id, region, "Name") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [accountId, region, DEFAULT_GROUP],
    );
  }
}
