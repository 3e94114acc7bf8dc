import type { Database } from "../postgres/database.ts";
import { isUniqueViolation } from "../postgres/databaseErrors.ts";
import type { NamePage } from "./roles.ts";
import type { Queryable } from "../postgres/queryable.ts";

export interface UserKey {
  readonly accountId: string;
  readonly UserName: string;
}

/** A user as IAM describes it. */
export interface UserRecord {
  readonly UserName: string;
  readonly UserId: string;
  readonly Path: string;
  /** ARN of a managed policy. */
  readonly PermissionsBoundary: string | null;
  readonly Tags: Readonly<Record<string, string>>;
  readonly CreateDate: Date;
}

const MAX_TAGS = 50;
const COLUMNS = `"UserName", "UserId", "Path", "PermissionsBoundary", "Tags", "CreateDate"`;

/** Users of accounts. */
export class IamUserStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with false when the name is taken (case-insensitive). */
  async create(accountId: string, user: UserRecord): Promise<boolean> {
    try {
      await this.#database.query(`INSERT INTO iam_users (account_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
        accountId,
        user.UserName,
        user.UserId,
        user.Path,
        user.PermissionsBoundary,
        JSON.stringify(user.Tags),
        user.CreateDate,
      ]);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async find({ accountId, UserName }: UserKey): Promise<UserRecord | undefined> {
    const rows = await this.#database.prepared<UserRecord>(
      `SELECT ${COLUMNS} FROM iam_users WHERE account_id = $1 AND "UserName" = $2`,
      [accountId, UserName],
    );
    return rows[0];
  }

  /** Ordered by name. */
  async list(accountId: string, { PathPrefix, after, limit }: NamePage): Promise<readonly UserRecord[]> {
    return await this.#database.prepared<UserRecord>(
      `SELECT ${COLUMNS} FROM iam_users
        WHERE account_id = $1 AND starts_with("Path", $2) AND "UserName" > $3 ORDER BY "UserName" LIMIT $4`,
      [accountId, PathPrefix, after, limit],
    );
  }

  /** Changes name and path; the user keeps its keys and policies. */
  async update(
    { accountId, UserName }: UserKey,
    changes: { readonly UserName?: string | undefined; readonly Path?: string | undefined },
  ): Promise<"updated" | "missing" | "taken"> {
    try {
      const rows = await this.#database.prepared(
        `UPDATE iam_users SET "UserName" = coalesce($3, "UserName"), "Path" = coalesce($4, "Path")
          WHERE account_id = $1 AND "UserName" = $2 RETURNING 1`,
        [accountId, UserName, changes.UserName, changes.Path],
      );
      return rows.length > 0 ? "updated" : "missing";
    } catch (error) {
      if (isUniqueViolation(error)) return "taken";
      throw error;
    }
  }

  /** Sets or removes the permissions boundary. Resolves with false when the user does not exist. */
  async setBoundary({ accountId, UserName }: UserKey, PermissionsBoundary: string | null): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_users SET "PermissionsBoundary" = $3 WHERE account_id = $1 AND "UserName" = $2 RETURNING 1`,
      [accountId, UserName, PermissionsBoundary],
    );
    return rows.length > 0;
  }

  /** Deletes the user, unless it still has policies or keys. */
  async delete({
    accountId,
    UserName,
  }: UserKey): Promise<"deleted" | "missing" | "hasAttached" | "hasInline" | "hasKeys"> {
    return await this.#database.transaction(async (tx) => {
      if (!(await lockUser(tx, { accountId, UserName }))) return "missing";
      const [has] = await tx.prepared<{ attached: boolean; inline: boolean; keys: boolean }>(
        `SELECT EXISTS (SELECT FROM iam_attached_user_policies WHERE account_id = $1 AND "UserName" = $2) AS attached,
                EXISTS (SELECT FROM iam_user_policies WHERE account_id = $1 AND "UserName" = $2) AS inline,
                EXISTS (SELECT FROM access_keys WHERE account_id = $1 AND "UserName" = $2) AS keys`,
        [accountId, UserName],
      );
      if (has?.attached) return "hasAttached";
      if (has?.inline) return "hasInline";
      if (has?.keys) return "hasKeys";
      await tx.prepared(`DELETE FROM iam_users WHERE account_id = $1 AND "UserName" = $2`, [accountId, UserName]);
      return "deleted";
    });
  }

  /** Adds tags; an existing tag gets the new value. */
  async tag(
    { accountId, UserName }: UserKey,
    tags: Readonly<Record<string, string>>,
  ): Promise<"tagged" | "missing" | "tooMany"> {
    return await this.#database.transaction(async (tx) => {
      const user = await lockUser(tx, { accountId, UserName });
      if (!user) return "missing";
      if (Object.keys({ ...user.Tags, ...tags }).length > MAX_TAGS) return "tooMany";
      await tx.prepared(`UPDATE iam_users SET "Tags" = "Tags" || $3::jsonb WHERE account_id = $1 AND "UserName" = $2`, [
        accountId,
        UserName,
        JSON.stringify(tags),
      ]);
      return "tagged";
    });
  }

  /** Resolves with false when the user does not exist. */
  async untag({ accountId, UserName }: UserKey, keys: readonly string[]): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_users SET "Tags" = "Tags" - $3::text[] WHERE account_id = $1 AND "UserName" = $2 RETURNING 1`,
      [accountId, UserName, keys],
    );
    return rows.length > 0;
  }
}

/** Reads the user and locks it until the transaction ends. */
export async function lockUser(tx: Queryable, { accountId, UserName }: UserKey): Promise<UserRecord | undefined> {
  const rows = await tx.prepared<UserRecord>(
    `SELECT ${COLUMNS} FROM iam_users WHERE account_id = $1 AND "UserName" = $2 FOR UPDATE`,
    [accountId, UserName],
  );
  return rows[0];
}
