import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import type { SecretKey, SecretRecord } from "./secret.ts";

export type SecretOrder = "name" | "created-date" | "last-changed-date" | "last-accessed-date";

export interface SecretList {
  readonly orderBy: SecretOrder;
  readonly descending: boolean;
  readonly withDeleted: boolean;
  /** Where the page before has ended: milliseconds (0 in the order of names) and name. */
  readonly after?: readonly [number, string] | undefined;
  readonly limit: number;
}

/** A change of a secret's columns. */
export type SecretChange = Partial<
  Pick<SecretRecord, "settings" | "tags" | "policy" | "rotation" | "rotating" | "deletedMs" | "removedMs">
>;

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
const COLUMNS = `account_id AS "accountId", region, "Name", settings, tags, policy, rotation, rotating, ${ms("created_at")} AS "createdMs",
  ${ms("changed_at")} AS "changedMs", ${ms("accessed_on")} AS "accessedMs", ${ms("removed_at")} AS "removedMs", ${ms("deleted_at")} AS "deletedMs"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "Name" = $3`;
const ORDERS: Readonly<Record<SecretOrder, string>> = {
  name: "0::bigint",
  "created-date": `floor(${ms("created_at")})::bigint`,
  "last-changed-date": `floor(${ms("changed_at")})::bigint`,
  "last-accessed-date": `coalesce(floor(${ms("accessed_on")}), 0)::bigint`,
};
/** What of a change is written to which column, as text or time. */
const WRITTEN: Readonly<
  Record<keyof SecretChange, readonly [column: string, expression: (parameter: string) => string]>
> = {
  settings: ["settings", (parameter) => `${parameter}::json`],
  tags: ["tags", (parameter) => `${parameter}::json`],
  policy: ["policy", (parameter) => `${parameter}::json #>> '{}'`],
  rotation: ["rotation", (parameter) => `${parameter}::json`],
  rotating: ["rotating", (parameter) => `${parameter}::json`],
  deletedMs: ["deleted_at", (parameter) => `to_timestamp(${parameter}::float8 / 1000)`],
  removedMs: ["removed_at", (parameter) => `to_timestamp(${parameter}::float8 / 1000)`],
};

const keyOf = ({ accountId, region, Name }: SecretKey): [string, string, string] => [accountId, region, Name];

/** The table of secrets. Their values are in the table of versions. */
export class SecretStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return await this.#database.transaction(work);
  }

  /** False when the name is taken. */
  async create(
    tx: Transaction,
    key: SecretKey,
    { settings, tags }: Pick<SecretRecord, "settings" | "tags">,
  ): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO secrets (account_id, region, "Name", settings, tags) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1`,
      [...keyOf(key), JSON.stringify(settings), JSON.stringify(tags)],
    );
    return rows.length > 0;
  }

  /** How many secrets the account has, counted up to `limit`. */
  async count({ accountId, region }: AccountRegion, limit: number): Promise<number> {
    const [row] = await this.#database.query<{ count: bigint }>(
      "SELECT count(*) FROM (SELECT 1 FROM secrets WHERE account_id = $1 AND region = $2 LIMIT $3) AS counted",
      [accountId, region, limit],
    );
    return Number(row?.count ?? 0);
  }

  async find(key: SecretKey): Promise<SecretRecord | undefined> {
    const [row] = await this.#database.prepared<SecretRecord>(
      `SELECT ${COLUMNS} FROM secrets WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return row;
  }

  /** Locks the secret until the transaction ends. */
  async lock(tx: Transaction, key: SecretKey): Promise<SecretRecord | undefined> {
    const [row] = await tx.prepared<SecretRecord>(
      `SELECT ${COLUMNS} FROM secrets WHERE ${OF_KEY} FOR UPDATE`,
      keyOf(key),
    );
    return row;
  }

  /** Writes what is named. `undefined` leaves a column as it is, `null` empties it. */
  async change(tx: Queryable, key: SecretKey, change: SecretChange): Promise<void> {
    const entries = Object.entries(change).filter(([, value]) => value !== undefined);
    const sets = entries.map(([name], at) => {
      const [column, expression] = WRITTEN[name as keyof SecretChange];
      return `${column} = ${expression(`$${at + 4}`)}`;
    });
    const values = entries.map(([, value]) =>
      value === null || typeof value === "number" ? value : JSON.stringify(value),
    );
    await tx.query(`UPDATE secrets SET ${[...sets, "changed_at = now()"].join(", ")} WHERE ${OF_KEY}`, [
      ...keyOf(key),
      ...values,
    ]);
  }

  /** Notes the day on which a value was read, once a day. */
  async noteAccess(key: SecretKey, VersionId: string): Promise<void> {
    await this.#database.query(
      `WITH secret AS (UPDATE secrets SET accessed_on = current_date WHERE ${OF_KEY} AND accessed_on IS DISTINCT FROM current_date)
       UPDATE secret_versions SET accessed_on = current_date WHERE ${OF_KEY} AND "VersionId" = $4 AND accessed_on IS DISTINCT FROM current_date`,
      [...keyOf(key), VersionId],
    );
  }

  async list(
    { accountId, region }: AccountRegion,
    query: SecretList,
  ): Promise<readonly (SecretRecord & { readonly orderMs: number })[]> {
    const { orderBy, descending, withDeleted, after, limit } = query;
    const order = ORDERS[orderBy];
    const [compare, direction] = descending ? ["<", "DESC"] : [">", "ASC"];
    return await this.#database.query(
      `SELECT ${COLUMNS}, ${order}::float8 AS "orderMs" FROM secrets
        WHERE account_id = $1 AND region = $2 AND ($3 OR deleted_at IS NULL) AND ($4::bigint IS NULL OR (${order}, "Name") ${compare} ($4, $5))
        ORDER BY ${order} ${direction}, "Name" ${direction} LIMIT $6`,
      [accountId, region, withDeleted, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
  }

  /** Deletes the secret with its versions. False when there is none. */
  async delete(tx: Queryable, key: SecretKey): Promise<boolean> {
    const rows = await tx.query(`DELETE FROM secrets WHERE ${OF_KEY} RETURNING 1`, keyOf(key));
    return rows.length > 0;
  }
}
