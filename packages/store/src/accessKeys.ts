import type { Database } from "./database.ts";

export interface AccessKeyRecord {
  readonly accessKeyId: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly secretAccessKey: string;
}

/** NOTIFY channel that wakes whoever holds keys in memory. */
export const ACCESS_KEY_CHANNEL = "hearth_access_keys";

/** The table of access keys. */
export class AccessKeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<readonly AccessKeyRecord[]> {
    return await this.#database.query<AccessKeyRecord>(
      `SELECT access_key_id AS "accessKeyId", account_id AS "accountId", secret_access_key AS "secretAccessKey" FROM access_keys`,
    );
  }

  async find(accessKeyId: string): Promise<AccessKeyRecord | undefined> {
    const rows = await this.#database.prepared<AccessKeyRecord>(
      `SELECT access_key_id AS "accessKeyId", account_id AS "accountId", secret_access_key AS "secretAccessKey"
         FROM access_keys WHERE access_key_id = $1`,
      [accessKeyId],
    );
    return rows[0];
  }

  /** Adds a key and tells whoever holds keys in memory. */
  async add(key: AccessKeyRecord, createdAt: Date): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query(
        "INSERT INTO access_keys (access_key_id, account_id, secret_access_key, created_at) VALUES ($1, $2, $3, $4)",
        [key.accessKeyId, key.accountId, key.secretAccessKey, createdAt],
      );
      await tx.query("SELECT pg_notify($1, '')", [ACCESS_KEY_CHANNEL]);
    });
  }

  /** Removes a key and tells whoever holds keys in memory. Idempotent. */
  async remove(accessKeyId: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query("DELETE FROM access_keys WHERE access_key_id = $1", [accessKeyId]);
      await tx.query("SELECT pg_notify($1, '')", [ACCESS_KEY_CHANNEL]);
    });
  }
}
