import type { Database } from "../postgres/database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../postgres/databaseErrors.ts";

export interface AccountRecord {
  /** 12 digits. */
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** The accounts (tenants) of this Hearth. */
export class AccountStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with false when the id is taken. */
  async create({ accountId, name, createdAt }: AccountRecord): Promise<boolean> {
    try {
      await this.#database.query("INSERT INTO accounts (account_id, name, created_at) VALUES ($1, $2, $3)", [
        accountId,
        name,
        createdAt,
      ]);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** Ordered by id. */
  async list(): Promise<readonly AccountRecord[]> {
    return await this.#database.query<AccountRecord>(
      `SELECT account_id AS "accountId", name, created_at AS "createdAt" FROM accounts ORDER BY account_id`,
    );
  }

  /** Deletes the account, unless it still has keys, users, roles or functions. */
  async delete(accountId: string): Promise<"deleted" | "missing" | "inUse"> {
    try {
      const [row] = await this.#database.query<{ there: boolean; used: boolean }>(
        `SELECT EXISTS (SELECT FROM accounts WHERE account_id = $1) AS there,
                EXISTS (SELECT FROM functions WHERE account_id = $1) OR EXISTS (SELECT FROM iam_users WHERE account_id = $1)
                OR EXISTS (SELECT FROM iam_roles WHERE account_id = $1) OR EXISTS (SELECT FROM access_keys WHERE account_id = $1) AS used`,
        [accountId],
      );
      if (!row?.there) return "missing";
      if (row.used) return "inUse";
      await this.#database.query("DELETE FROM accounts WHERE account_id = $1", [accountId]);
      return "deleted";
    } catch (error) {
      if (isForeignKeyViolation(error)) return "inUse";
      throw error;
    }
  }
}
