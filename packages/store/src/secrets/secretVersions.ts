import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import {
  type SecretKey,
  type SecretValue,
  secretValueOf,
  type SecretVersion,
  type SecretVersionFacts,
} from "./secret.ts";

/** A version by its id, by a stage, or by both. */
export interface SecretVersionSelector {
  readonly VersionId?: string | undefined;
  readonly VersionStage?: string | undefined;
}

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
const FACTS = `"VersionId", stages, value IS NOT NULL AS "hasValue", ${ms("created_at")} AS "createdMs", ${ms("accessed_on")} AS "accessedMs"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "Name" = $3`;

const keyOf = ({ accountId, region, Name }: SecretKey): [string, string, string] => [accountId, region, Name];

/** The table of secrets' versions. Values are sealed. */
export class SecretVersionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The oldest first. */
  async list(key: SecretKey, tx: Queryable = this.#database): Promise<readonly SecretVersionFacts[]> {
    const sql = `SELECT ${FACTS} FROM secret_versions WHERE ${OF_KEY} ORDER BY created_at, "VersionId"`;
    return await tx.query<SecretVersionFacts>(sql, keyOf(key));
  }

  async find(
    key: SecretKey,
    { VersionId, VersionStage }: SecretVersionSelector,
    tx: Queryable = this.#database,
  ): Promise<SecretVersion | undefined> {
    const [row] = await tx.prepared<SecretVersionFacts & { sealed: string | null }>(
      `SELECT ${FACTS}, value AS sealed FROM secret_versions
        WHERE ${OF_KEY} AND ($4::text IS NULL OR "VersionId" = $4) AND ($5::text IS NULL OR $5 = ANY (stages))`,
      [...keyOf(key), VersionId ?? null, VersionStage ?? null],
    );
    if (!row) return undefined;
    const { sealed, ...facts } = row;
    if (sealed === null) return facts;
    return { ...facts, value: JSON.parse(tx.keys.open(sealed, secretValueOf(key, facts.VersionId))) as SecretValue };
  }

  /** Adds a version, or the value of one that a rotation has begun. */
  async put(tx: Transaction, key: SecretKey, VersionId: string, value: SecretValue | undefined): Promise<void> {
    const sealed = value && tx.keys.seal(JSON.stringify(value), secretValueOf(key, VersionId));
    await tx.query(
      `INSERT INTO secret_versions (account_id, region, "Name", "VersionId", value) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account_id, region, "Name", "VersionId") DO UPDATE SET value = excluded.value`,
      [...keyOf(key), VersionId, sealed ?? null],
    );
  }

  async setStages(tx: Transaction, key: SecretKey, VersionId: string, stages: readonly string[]): Promise<void> {
    await tx.query(`UPDATE secret_versions SET stages = $5 WHERE ${OF_KEY} AND "VersionId" = $4`, [
      ...keyOf(key),
      VersionId,
      stages,
    ]);
  }

  async delete(tx: Transaction, key: SecretKey, VersionIds: readonly string[]): Promise<void> {
    await tx.query(`DELETE FROM secret_versions WHERE ${OF_KEY} AND "VersionId" = ANY ($4)`, [
      ...keyOf(key),
      VersionIds,
    ]);
  }
}
