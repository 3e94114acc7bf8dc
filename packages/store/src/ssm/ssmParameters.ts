import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import {
  type NewSsmParameterVersion,
  parameterValueOf,
  type SsmParameterFacts,
  type SsmParameterKey,
  type SsmParameterVersion,
} from "./ssmParameter.ts";

/** A version by its number or one of its labels; without either the latest one. */
export interface SsmSelector {
  readonly Version?: number;
  readonly label?: string;
}

export interface SsmParameterList {
  /** The beginning of the names. */
  readonly prefix: string;
  /** Only names without a further slash after the prefix. */
  readonly oneLevel: boolean;
  readonly after: string;
  readonly limit: number;
}

interface StoredVersion extends SsmParameterFacts {
  readonly stored: string;
}

const FACTS = `v.account_id AS "accountId", v.region, v."Name", v."Version"::float8 AS "Version", v."Type", v.settings, v.labels, p.tags,
  (extract(epoch FROM v.modified_at) * 1000)::float8 AS "modifiedMs"`;
const COLUMNS = `${FACTS}, v.value AS stored`;
const FROM = `ssm_parameters p JOIN ssm_parameter_versions v ON v.account_id = p.account_id AND v.region = p.region AND v."Name" = p."Name"`;
const OF_KEY = `p.account_id = $1 AND p.region = $2 AND p."Name" = $3`;
const MINE = `account_id = $1 AND region = $2 AND "Name" = $3`;

const keyOf = ({ accountId, region, Name }: SsmParameterKey): [string, string, string] => [accountId, region, Name];

/** The tables of parameters. Values of SecureStrings are sealed. */
export class SsmParameterStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return await this.#database.transaction(work);
  }

  /** How many parameters the account has with this tier, counted up to `limit`. */
  async count({ accountId, region }: AccountRegion, limit: number): Promise<number> {
    const [row] = await this.#database.query<{ count: bigint }>(
      "SELECT count(*) FROM (SELECT 1 FROM ssm_parameters WHERE account_id = $1 AND region = $2 LIMIT $3) AS counted",
      [accountId, region, limit],
    );
    return Number(row?.count ?? 0);
  }

  /** Locks the parameter; resolves with its latest version. */
  async lock(tx: Transaction, key: SsmParameterKey): Promise<SsmParameterVersion | undefined> {
    const sql = `SELECT ${COLUMNS} FROM ${FROM} AND v."Version" = p."Version" WHERE ${OF_KEY} FOR UPDATE OF p`;
    return opened(tx, await tx.prepared<StoredVersion>(sql, keyOf(key)))[0];
  }

  /** False when there is such a parameter already. */
  async create(
    tx: Transaction,
    key: SsmParameterKey,
    version: NewSsmParameterVersion,
    tags: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO ssm_parameters (account_id, region, "Name", "Version", tags) VALUES ($1, $2, $3, 1, $4) ON CONFLICT DO NOTHING RETURNING 1`,
      [...keyOf(key), JSON.stringify(tags)],
    );
    if (rows.length === 0) return false;
    await this.#insert(tx, key, 1, version);
    return true;
  }

  /** Adds a version to a parameter that is locked. */
  async add(tx: Transaction, key: SsmParameterKey, Version: number, version: NewSsmParameterVersion): Promise<void> {
    await this.#insert(tx, key, Version, version);
    await tx.query(`UPDATE ssm_parameters SET "Version" = $4 WHERE ${MINE}`, [...keyOf(key), Version]);
  }

  async #insert(
    tx: Transaction,
    key: SsmParameterKey,
    Version: number,
    version: NewSsmParameterVersion,
  ): Promise<void> {
    const { Type, Value, settings } = version;
    const stored = Type === "SecureString" ? tx.keys.seal(Value, parameterValueOf(key, Version)) : Value;
    await tx.query(
      `INSERT INTO ssm_parameter_versions (account_id, region, "Name", "Version", "Type", value, settings) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [...keyOf(key), Version, Type, stored, JSON.stringify(settings)],
    );
  }

  /** The versions of a parameter, the oldest first, without values. */
  async versions(tx: Queryable, key: SsmParameterKey): Promise<readonly SsmParameterFacts[]> {
    return await tx.query<SsmParameterFacts>(
      `SELECT ${FACTS} FROM ${FROM} WHERE ${OF_KEY} ORDER BY v."Version"`,
      keyOf(key),
    );
  }

  async deleteVersion(tx: Transaction, key: SsmParameterKey, Version: number): Promise<void> {
    await tx.query(`DELETE FROM ssm_parameter_versions WHERE ${MINE} AND "Version" = $4`, [...keyOf(key), Version]);
  }

  async setLabels(tx: Transaction, key: SsmParameterKey, Version: number, labels: readonly string[]): Promise<void> {
    await tx.query(`UPDATE ssm_parameter_versions SET labels = $5 WHERE ${MINE} AND "Version" = $4`, [
      ...keyOf(key),
      Version,
      labels,
    ]);
  }

  async find(key: SsmParameterKey, { Version, label }: SsmSelector = {}): Promise<SsmParameterVersion | undefined> {
    const sql = `SELECT ${COLUMNS} FROM ${FROM} WHERE ${OF_KEY} AND CASE WHEN $4::bigint IS NOT NULL THEN v."Version" = $4
                 WHEN $5::text IS NOT NULL THEN $5 = ANY (v.labels) ELSE v."Version" = p."Version" END`;
    const rows = await this.#database.prepared<StoredVersion>(sql, [...keyOf(key), Version ?? null, label ?? null]);
    return opened(this.#database, rows)[0];
  }

  /** Versions after `after`, the oldest first. */
  async history(key: SsmParameterKey, after: number, limit: number): Promise<readonly SsmParameterVersion[]> {
    const sql = `SELECT ${COLUMNS} FROM ${FROM} WHERE ${OF_KEY} AND v."Version" > $4 ORDER BY v."Version" LIMIT $5`;
    return opened(this.#database, await this.#database.query<StoredVersion>(sql, [...keyOf(key), after, limit]));
  }

  /** Parameters by name, in byte order: their latest versions, or those with a label. */
  async list(
    { accountId, region }: AccountRegion,
    query: SsmParameterList,
    label?: string,
  ): Promise<readonly SsmParameterVersion[]> {
    const { prefix, oneLevel, after, limit } = query;
    const sql = `SELECT ${COLUMNS} FROM ${FROM} AND CASE WHEN $7::text IS NULL THEN v."Version" = p."Version" ELSE $7 = ANY (v.labels) END
      WHERE p.account_id = $1 AND p.region = $2 AND starts_with(p."Name", $3) AND p."Name" > $4
        AND (NOT $5 OR strpos(substr(p."Name", length($3) + 1), '/') = 0)
      ORDER BY p."Name" LIMIT $6`;
    const values = [accountId, region, prefix, after, oneLevel, limit, label ?? null];
    return opened(this.#database, await this.#database.query<StoredVersion>(sql, values));
  }

  /** Changes tags by `change`. False when there is no such parameter. */
  async changeTags(
    key: SsmParameterKey,
    change: (tags: SsmParameterFacts["tags"]) => SsmParameterFacts["tags"],
  ): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      const sql = `SELECT tags FROM ssm_parameters WHERE ${MINE} FOR UPDATE`;
      const [row] = await tx.query<{ tags: SsmParameterFacts["tags"] }>(sql, keyOf(key));
      if (!row) return false;
      await tx.query(`UPDATE ssm_parameters SET tags = $4 WHERE ${MINE}`, [
        ...keyOf(key),
        JSON.stringify(change(row.tags)),
      ]);
      return true;
    });
  }

  async tags(key: SsmParameterKey): Promise<SsmParameterFacts["tags"] | undefined> {
    const sql = `SELECT tags FROM ssm_parameters WHERE ${MINE}`;
    const [row] = await this.#database.query<{ tags: SsmParameterFacts["tags"] }>(sql, keyOf(key));
    return row?.tags;
  }

  /** False when there is none. */
  async delete(key: SsmParameterKey): Promise<boolean> {
    const rows = await this.#database.query(`DELETE FROM ssm_parameters WHERE ${MINE} RETURNING 1`, keyOf(key));
    return rows.length > 0;
  }
}

function opened({ keys }: Pick<Queryable, "keys">, rows: readonly StoredVersion[]): readonly SsmParameterVersion[] {
  return rows.map((row) => ({
    ...row,
    Value: row.Type === "SecureString" ? keys.open(row.stored, parameterValueOf(row, row.Version)) : row.stored,
  }));
}
