import type { AccountRegion } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import type { Settings } from "./apis.ts";

export interface ApiKeyRecord extends AccountRegion {
  readonly keyId: string;
  /** What clients send; unique in the account and region. */
  readonly value: string;
  readonly settings: Settings;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly updatedMs: number;
}

export const KEY_COLUMNS = `key_id AS "keyId", account_id AS "accountId", region, value, settings, tags,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs", (extract(epoch FROM updated_at) * 1000)::float8 AS "updatedMs"`;
const OF_OWNER = "key_id = $1 AND account_id = $2 AND region = $3";

/** API keys of REST APIs, and which usage plans they belong to. */
export class ApiKeyStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Resolves with `taken` when the account has a key of this value in the region, and with `tooMany` when it has `quota` keys. */
  async create(
    tx: Transaction,
    { keyId, accountId, region, value, settings, tags }: Omit<ApiKeyRecord, "createdMs" | "updatedMs">,
    quota: number,
  ): Promise<ApiKeyRecord | "taken" | "tooMany"> {
    await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`apigateway keys ${accountId} ${region}`]);
    const [held] = await tx.query<{ count: number; taken: boolean }>(
      `SELECT count(*)::int AS count, coalesce(bool_or(value = $3), false) AS taken FROM apigateway_api_keys WHERE account_id = $1 AND region = $2`,
      [accountId, region, value],
    );
    if (held?.taken === true) return "taken";
    if ((held?.count ?? 0) >= quota) return "tooMany";
    const [row] = await tx.query<ApiKeyRecord>(
      `INSERT INTO apigateway_api_keys (key_id, account_id, region, value, settings, tags) VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${KEY_COLUMNS}`,
      [keyId, accountId, region, value, JSON.stringify(settings), JSON.stringify(tags)],
    );
    return row as ApiKeyRecord;
  }

  async find(
    { accountId, region }: AccountRegion,
    keyId: string,
    tx: Queryable = this.#database,
  ): Promise<ApiKeyRecord | undefined> {
    const sql = `SELECT ${KEY_COLUMNS} FROM apigateway_api_keys WHERE ${OF_OWNER}`;
    const [row] = await tx.query<ApiKeyRecord>(sql, [keyId, accountId, region]);
    return row;
  }

  /** For requests of clients: the key that they sent, and the usage plans it belongs to. */
  async findByValue(
    { accountId, region }: AccountRegion,
    value: string,
    tx: Queryable = this.#database,
  ): Promise<{ readonly key: ApiKeyRecord; readonly planIds: readonly string[] } | undefined> {
    const sql = `SELECT ${KEY_COLUMNS} FROM apigateway_api_keys WHERE account_id = $1 AND region = $2 AND value = $3`;
    const [key] = await tx.query<ApiKeyRecord>(sql, [accountId, region, value]);
    return key && { key, planIds: await this.planIds(key.keyId, tx) };
  }

  async planIds(keyId: string, tx: Queryable = this.#database): Promise<readonly string[]> {
    const rows = await tx.query<{ planId: string }>(
      `SELECT plan_id AS "planId" FROM apigateway_usage_plan_keys WHERE key_id = $1 ORDER BY plan_id COLLATE "C"`,
      [keyId],
    );
    return rows.map(({ planId }) => planId);
  }

  /** `named`: what the name begins with; `customerId`: whose keys. */
  async list(
    { accountId, region }: AccountRegion,
    {
      after = "",
      limit,
      named,
      customerId,
    }: {
      readonly after?: string | undefined;
      readonly limit: number;
      readonly named?: string | undefined;
      readonly customerId?: string | undefined;
    },
  ): Promise<readonly ApiKeyRecord[]> {
    return await this.#database.query<ApiKeyRecord>(
      `SELECT ${KEY_COLUMNS} FROM apigateway_api_keys WHERE account_id = $1 AND region = $2 AND key_id COLLATE "C" > $3
        AND ($5::text IS NULL OR starts_with(settings->>'name', $5)) AND ($6::text IS NULL OR settings->>'customerId' = $6)
        ORDER BY key_id COLLATE "C" LIMIT $4`,
      [accountId, region, after, limit, named ?? null, customerId ?? null],
    );
  }

  async change(
    tx: Transaction,
    keyId: string,
    { settings, tags }: { readonly settings?: Settings; readonly tags?: ApiKeyRecord["tags"] },
  ): Promise<ApiKeyRecord | undefined> {
    const [row] = await tx.query<ApiKeyRecord>(
      `UPDATE apigateway_api_keys SET settings = coalesce($2, settings), tags = coalesce($3, tags), updated_at = now()
        WHERE key_id = $1 RETURNING ${KEY_COLUMNS}`,
      [keyId, settings ? JSON.stringify(settings) : null, tags ? JSON.stringify(tags) : null],
    );
    return row;
  }

  async delete(tx: Transaction, keyId: string): Promise<void> {
    await tx.query("DELETE FROM apigateway_api_keys WHERE key_id = $1", [keyId]);
  }
}
