import type { Database } from "../postgres/database.ts";
import { isUniqueViolation } from "../postgres/databaseErrors.ts";
import type { Queryable } from "../postgres/queryable.ts";

export interface RoleKey {
  readonly accountId: string;
  readonly RoleName: string;
}

/** A role as IAM describes it; documents are plain JSON text. */
export interface RoleRecord {
  readonly RoleName: string;
  readonly RoleId: string;
  readonly Path: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Description: string | null;
  readonly MaxSessionDuration: number;
  /** ARN of a managed policy. */
  readonly PermissionsBoundary: string | null;
  readonly Tags: Readonly<Record<string, string>>;
  readonly CreateDate: Date;
}

export interface RoleChanges {
  readonly AssumeRolePolicyDocument?: string | undefined;
  readonly Description?: string | undefined;
  readonly MaxSessionDuration?: number | undefined;
}

export interface NamePage {
  readonly PathPrefix: string;
  /** Only names after this one. */
  readonly after: string;
  readonly limit: number;
}

const MAX_TAGS = 50;
const COLUMNS = `"RoleName", "RoleId", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags", "CreateDate"`;

/** Roles, their inline policies, and the managed policies attached to them. */
export class IamRoleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with false when the name is taken (case-insensitive). */
  async create(accountId: string, role: RoleRecord): Promise<boolean> {
    try {
      await this.#database.query(
        `INSERT INTO iam_roles (account_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          accountId,
          role.RoleName,
          role.RoleId,
          role.Path,
          role.AssumeRolePolicyDocument,
          role.Description,
          role.MaxSessionDuration,
          role.PermissionsBoundary,
          JSON.stringify(role.Tags),
          role.CreateDate,
        ],
      );
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async find(key: RoleKey): Promise<RoleRecord | undefined> {
    return await findRole(this.#database, key);
  }

  /** Ordered by name. */
  async list(accountId: string, { PathPrefix, after, limit }: NamePage): Promise<readonly RoleRecord[]> {
    return await this.#database.prepared<RoleRecord>(
      `SELECT ${COLUMNS} FROM iam_roles
        WHERE account_id = $1 AND starts_with("Path", $2) AND "RoleName" > $3 ORDER BY "RoleName" LIMIT $4`,
      [accountId, PathPrefix, after, limit],
    );
  }

  /** Changes the given members. Resolves with false when the role does not exist. */
  async update({ accountId, RoleName }: RoleKey, changes: RoleChanges): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_roles SET "AssumeRolePolicyDocument" = coalesce($3, "AssumeRolePolicyDocument"),
              "Description" = coalesce($4, "Description"), "MaxSessionDuration" = coalesce($5, "MaxSessionDuration")
        WHERE account_id = $1 AND "RoleName" = $2 RETURNING 1`,
      [accountId, RoleName, changes.AssumeRolePolicyDocument, changes.Description, changes.MaxSessionDuration],
    );
    return rows.length > 0;
  }

  /** Resolves with false when the role does not exist. */
  async setBoundary({ accountId, RoleName }: RoleKey, PermissionsBoundary: string | null): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_roles SET "PermissionsBoundary" = $3 WHERE account_id = $1 AND "RoleName" = $2 RETURNING 1`,
      [accountId, RoleName, PermissionsBoundary],
    );
    return rows.length > 0;
  }

  /** Deletes the role, unless it still has policies. */
  async delete({ accountId, RoleName }: RoleKey): Promise<"deleted" | "missing" | "hasAttached" | "hasInline"> {
    return await this.#database.transaction(async (tx) => {
      if (!(await lockRole(tx, { accountId, RoleName }))) return "missing";
      const [counts] = await tx.prepared<{ attached: boolean; inline: boolean }>(
        `SELECT EXISTS (SELECT FROM iam_attached_role_policies WHERE account_id = $1 AND "RoleName" = $2) AS attached,
                EXISTS (SELECT FROM iam_role_policies WHERE account_id = $1 AND "RoleName" = $2) AS inline`,
        [accountId, RoleName],
      );
      if (counts?.attached) return "hasAttached";
      if (counts?.inline) return "hasInline";
      await tx.prepared(`DELETE FROM iam_roles WHERE account_id = $1 AND "RoleName" = $2`, [accountId, RoleName]);
      return "deleted";
    });
  }

  /** Adds tags; an existing tag gets the new value. */
  async tag(
    { accountId, RoleName }: RoleKey,
    tags: Readonly<Record<string, string>>,
  ): Promise<"tagged" | "missing" | "tooMany"> {
    return await this.#database.transaction(async (tx) => {
      const role = await lockRole(tx, { accountId, RoleName });
      if (!role) return "missing";
      if (Object.keys({ ...role.Tags, ...tags }).length > MAX_TAGS) return "tooMany";
      await tx.prepared(`UPDATE iam_roles SET "Tags" = "Tags" || $3::jsonb WHERE account_id = $1 AND "RoleName" = $2`, [
        accountId,
        RoleName,
        JSON.stringify(tags),
      ]);
      return "tagged";
    });
  }

  /** Resolves with false when the role does not exist. */
  async untag({ accountId, RoleName }: RoleKey, keys: readonly string[]): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_roles SET "Tags" = "Tags" - $3::text[] WHERE account_id = $1 AND "RoleName" = $2 RETURNING 1`,
      [accountId, RoleName, keys],
    );
    return rows.length > 0;
  }
}

export async function findRole(database: Queryable, { accountId, RoleName }: RoleKey): Promise<RoleRecord | undefined> {
  const rows = await database.prepared<RoleRecord>(
    `SELECT ${COLUMNS} FROM iam_roles WHERE account_id = $1 AND "RoleName" = $2`,
    [accountId, RoleName],
  );
  return rows[0];
}

/** Reads the role and locks it until the transaction ends. */
export async function lockRole(tx: Queryable, { accountId, RoleName }: RoleKey): Promise<RoleRecord | undefined> {
  const rows = await tx.prepared<RoleRecord>(
    `SELECT ${COLUMNS} FROM iam_roles WHERE account_id = $1 AND "RoleName" = $2 FOR UPDATE`,
    [accountId, RoleName],
  );
  return rows[0];
}
