import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export interface DashboardRecord {
  readonly DashboardName: string;
  readonly DashboardBody: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

const COLUMNS = `"DashboardName", "DashboardBody", tags, (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt"`;

/** The table of dashboards. They are stored, and shown as they were given. */
export class DashboardStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `tags` count for a dashboard that is new. Resolves with false when the account has as many dashboards as it may. */
  async put(
    { accountId, region }: AccountRegion,
    { DashboardName, DashboardBody, tags }: Omit<DashboardRecord, "modifiedAt">,
    limit: number,
  ): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO cloudwatch_dashboards AS d (account_id, region, "DashboardName", "DashboardBody", tags)
       SELECT $1, $2, $3, $4, $5
        WHERE (SELECT count(*) FROM cloudwatch_dashboards WHERE account_id = $1 AND region = $2 AND "DashboardName" <> $3) < $6
       ON CONFLICT (account_id, region, "DashboardName") DO UPDATE SET "DashboardBody" = excluded."DashboardBody", modified_at = now()
       RETURNING 1`,
      [accountId, region, DashboardName, DashboardBody, JSON.stringify(tags), limit],
    );
    return rows.length > 0;
  }

  async find({ accountId, region }: AccountRegion, DashboardName: string): Promise<DashboardRecord | undefined> {
    const [row] = await this.#database.query<DashboardRecord>(
      `SELECT ${COLUMNS} FROM cloudwatch_dashboards WHERE account_id = $1 AND region = $2 AND "DashboardName" = $3`,
      [accountId, region, DashboardName],
    );
    return row;
  }

  /** In the order of names. */
  async list(
    { accountId, region }: AccountRegion,
    { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly (Omit<DashboardRecord, "DashboardBody" | "tags"> & { readonly size: number })[]> {
    return await this.#database.query(
      `SELECT "DashboardName", octet_length("DashboardBody") AS size, (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt"
         FROM cloudwatch_dashboards
        WHERE account_id = $1 AND region = $2 AND starts_with("DashboardName", $3) AND "DashboardName" > $4 ORDER BY "DashboardName" LIMIT $5`,
      [accountId, region, prefix, after, limit],
    );
  }

  /** Deletes all of them, or none when one does not exist; resolves with the names of those. */
  async delete({ accountId, region }: AccountRegion, names: readonly string[]): Promise<readonly string[]> {
    return await this.#database.transaction(async (tx) => {
      const found = await tx.query<{ name: string }>(
        `SELECT "DashboardName" AS name FROM cloudwatch_dashboards WHERE account_id = $1 AND region = $2 AND "DashboardName" = ANY ($3)
          ORDER BY 1 FOR UPDATE`,
        [accountId, region, names],
      );
      const there = new Set(found.map(({ name }) => name));
      const missing = names.filter((name) => !there.has(name));
      if (missing.length > 0) return missing;
      await tx.query(
        `DELETE FROM cloudwatch_dashboards WHERE account_id = $1 AND region = $2 AND "DashboardName" = ANY ($3)`,
        [accountId, region, names],
      );
      return [];
    });
  }

  /** Resolves with the tags after `change`; with `undefined` when there is no such dashboard. */
  async changeTags(
    { accountId, region }: AccountRegion,
    DashboardName: string,
    change: (tags: DashboardRecord["tags"]) => DashboardRecord["tags"],
  ): Promise<DashboardRecord["tags"] | undefined> {
    return await this.#database.transaction(async (tx) => {
      const key = [accountId, region, DashboardName];
      const [row] = await tx.query<Pick<DashboardRecord, "tags">>(
        `SELECT tags FROM cloudwatch_dashboards WHERE account_id = $1 AND region = $2 AND "DashboardName" = $3 FOR UPDATE`,
        key,
      );
      if (!row) return undefined;
      const tags = change(row.tags);
      await tx.query(
        `UPDATE cloudwatch_dashboards SET tags = $4 WHERE account_id = $1 AND region = $2 AND "DashboardName" = $3`,
        [...key, JSON.stringify(tags)],
      );
      return tags;
    });
  }
}
