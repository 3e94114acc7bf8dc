import type { Database } from "../postgres/database.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../postgres/databaseErrors.ts";
import type { NamePage } from "./roles.ts";
import type { Queryable } from "../postgres/queryable.ts";

export interface PolicyKey {
  readonly accountId: string;
  readonly PolicyName: string;
}

/** A managed policy of an account. */
export interface PolicyRecord {
  readonly PolicyName: string;
  readonly PolicyId: string;
  readonly Path: string;
  readonly Description: string | null;
  readonly Tags: Readonly<Record<string, string>>;
  readonly CreateDate: Date;
  readonly UpdateDate: Date;
  /** Number of the default version. */
  readonly defaultVersion: number;
  readonly attachmentCount: number;
  /** How many users and roles have it as their boundary. */
  readonly boundaryCount: number;
}

export interface PolicyVersionRecord {
  readonly number: number;
  readonly Document: string;
  readonly CreateDate: Date;
  readonly isDefault: boolean;
}

const MAX_VERSIONS = 5;
const MAX_TAGS = 50;

/**
 * SQL condition: the boundary of a user or role (`table`) is the policy `p`. An installation has only one partition, so the start of the ARN is not
 * compared.
 */
const IS_BOUNDARY_OF = (table: string): string =>
  `substr(${table}."PermissionsBoundary", strpos(${table}."PermissionsBoundary", ':iam::')) = ':iam::' || p.account_id || ':policy' || p."Path" || p."PolicyName"`;
const SELECT_POLICY = `
  SELECT "PolicyName", "PolicyId", "Path", "Description", "Tags", "CreateDate", "UpdateDate", default_version AS "defaultVersion",
         (SELECT count(*)::integer FROM iam_attached_role_policies a WHERE a.account_id = p.account_id AND a."PolicyName" = p."PolicyName")
         + (SELECT count(*)::integer FROM iam_attached_user_policies a WHERE a.account_id = p.account_id AND a."PolicyName" = p."PolicyName") AS "attachmentCount",
         (SELECT count(*)::integer FROM iam_roles r WHERE r.account_id = p.account_id AND ${IS_BOUNDARY_OF("r")})
         + (SELECT count(*)::integer FROM iam_users u WHERE u.account_id = p.account_id AND ${IS_BOUNDARY_OF("u")}) AS "boundaryCount"
    FROM iam_policies p`;

/** Managed policies of accounts and their versions. */
export class IamPolicyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes the policy and its version 1. Resolves with false when the name is taken (case-insensitive). */
  async create(
    accountId: string,
    policy: Omit<PolicyRecord, "defaultVersion" | "attachmentCount" | "boundaryCount" | "UpdateDate">,
    document: string,
  ): Promise<boolean> {
    try {
      await this.#database.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO iam_policies (account_id, "PolicyName", "PolicyId", "Path", "Description", "Tags", "CreateDate", "UpdateDate", default_version, last_version)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, 1)`,
          [
            accountId,
            policy.PolicyName,
            policy.PolicyId,
            policy.Path,
            policy.Description,
            JSON.stringify(policy.Tags),
            policy.CreateDate,
          ],
        );
        await insertVersion(tx, { accountId, PolicyName: policy.PolicyName }, 1, document, policy.CreateDate);
      });
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async find({ accountId, PolicyName }: PolicyKey): Promise<PolicyRecord | undefined> {
    const rows = await this.#database.prepared<PolicyRecord>(
      `${SELECT_POLICY} WHERE account_id = $1 AND "PolicyName" = $2`,
      [accountId, PolicyName],
    );
    return rows[0];
  }

  /** Ordered by name. */
  async list(
    accountId: string,
    { PathPrefix, OnlyAttached, after, limit }: NamePage & { readonly OnlyAttached: boolean },
  ): Promise<readonly PolicyRecord[]> {
    return await this.#database.prepared<PolicyRecord>(
      `${SELECT_POLICY} WHERE account_id = $1 AND starts_with("Path", $2) AND "PolicyName" > $3
          AND (NOT $5 OR EXISTS (SELECT FROM iam_attached_role_policies a WHERE a.account_id = p.account_id AND a."PolicyName" = p."PolicyName")
               OR EXISTS (SELECT FROM iam_attached_user_policies a WHERE a.account_id = p.account_id AND a."PolicyName" = p."PolicyName"))
        ORDER BY "PolicyName" LIMIT $4`,
      [accountId, PathPrefix, after, limit, OnlyAttached],
    );
  }

  /** Deletes the policy, unless it is attached, is a permissions boundary, or has versions other than the default one. */
  async delete({ accountId, PolicyName }: PolicyKey): Promise<"deleted" | "missing" | "attached" | "hasVersions"> {
    try {
      return await this.#database.transaction(async (tx) => {
        if (!(await lockPolicy(tx, { accountId, PolicyName }))) return "missing";
        const [policy] = await tx.prepared<PolicyRecord>(
          `${SELECT_POLICY} WHERE account_id = $1 AND "PolicyName" = $2`,
          [accountId, PolicyName],
        );
        if (policy && policy.boundaryCount > 0) return "attached";
        const [row] = await tx.prepared<{ count: bigint }>(
          `SELECT count(*) FROM iam_policy_versions WHERE account_id = $1 AND "PolicyName" = $2`,
          [accountId, PolicyName],
        );
        if (Number(row?.count ?? 0n) > 1) return "hasVersions";
        await tx.prepared(`DELETE FROM iam_policies WHERE account_id = $1 AND "PolicyName" = $2`, [
          accountId,
          PolicyName,
        ]);
        return "deleted";
      });
    } catch (error) {
      if (isForeignKeyViolation(error, "iam_attached_policy")) return "attached";
      throw error;
    }
  }

  /** Adds a version and resolves with its number. */
  async addVersion(
    key: PolicyKey,
    document: string,
    asDefault: boolean,
    now: Date,
  ): Promise<number | "missing" | "tooMany"> {
    const { accountId, PolicyName } = key;
    return await this.#database.transaction(async (tx) => {
      const policy = await lockPolicy(tx, key);
      if (!policy) return "missing";
      const [row] = await tx.prepared<{ count: bigint }>(
        `SELECT count(*) FROM iam_policy_versions WHERE account_id = $1 AND "PolicyName" = $2`,
        [accountId, PolicyName],
      );
      if (Number(row?.count ?? 0n) >= MAX_VERSIONS) return "tooMany";
      const number = policy.last_version + 1;
      await insertVersion(tx, key, number, document, now);
      await tx.prepared(
        `UPDATE iam_policies SET last_version = $3, default_version = CASE WHEN $4 THEN $3 ELSE default_version END, "UpdateDate" = $5
          WHERE account_id = $1 AND "PolicyName" = $2`,
        [accountId, PolicyName, number, asDefault, now],
      );
      return number;
    });
  }

  async findVersion({ accountId, PolicyName }: PolicyKey, number: number): Promise<PolicyVersionRecord | undefined> {
    const rows = await this.#versions({ accountId, PolicyName }, number);
    return rows[0];
  }

  /** Newest first. */
  async listVersions(key: PolicyKey): Promise<readonly PolicyVersionRecord[]> {
    return await this.#versions(key, null);
  }

  async #versions({ accountId, PolicyName }: PolicyKey, number: number | null): Promise<PolicyVersionRecord[]> {
    return await this.#database.prepared<PolicyVersionRecord>(
      `SELECT v.number, v."Document", v."CreateDate", v.number = p.default_version AS "isDefault"
         FROM iam_policy_versions v JOIN iam_policies p USING (account_id, "PolicyName")
        WHERE account_id = $1 AND "PolicyName" = $2 AND ($3::integer IS NULL OR number = $3) ORDER BY number DESC`,
      [accountId, PolicyName, number],
    );
  }

  async setDefaultVersion({ accountId, PolicyName }: PolicyKey, number: number, now: Date): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_policies p SET default_version = $3, "UpdateDate" = $4
        WHERE account_id = $1 AND "PolicyName" = $2
          AND EXISTS (SELECT FROM iam_policy_versions v WHERE v.account_id = $1 AND v."PolicyName" = $2 AND v.number = $3)
        RETURNING 1`,
      [accountId, PolicyName, number, now],
    );
    return rows.length > 0;
  }

  async deleteVersion(key: PolicyKey, number: number): Promise<"deleted" | "missing" | "isDefault"> {
    const { accountId, PolicyName } = key;
    return await this.#database.transaction(async (tx) => {
      const policy = await lockPolicy(tx, key);
      if (policy?.default_version === number) return "isDefault";
      const rows = await tx.prepared(
        `DELETE FROM iam_policy_versions WHERE account_id = $1 AND "PolicyName" = $2 AND number = $3 RETURNING 1`,
        [accountId, PolicyName, number],
      );
      return rows.length > 0 ? "deleted" : "missing";
    });
  }

  /** Adds tags; an existing tag gets the new value. */
  async tag(key: PolicyKey, tags: Readonly<Record<string, string>>): Promise<"tagged" | "missing" | "tooMany"> {
    const { accountId, PolicyName } = key;
    return await this.#database.transaction(async (tx) => {
      const policy = await lockPolicy(tx, key);
      if (!policy) return "missing";
      if (Object.keys({ ...policy.Tags, ...tags }).length > MAX_TAGS) return "tooMany";
      await tx.prepared(
        `UPDATE iam_policies SET "Tags" = "Tags" || $3::jsonb WHERE account_id = $1 AND "PolicyName" = $2`,
        [accountId, PolicyName, JSON.stringify(tags)],
      );
      return "tagged";
    });
  }

  /** Resolves with false when the policy does not exist. */
  async untag({ accountId, PolicyName }: PolicyKey, keys: readonly string[]): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE iam_policies SET "Tags" = "Tags" - $3::text[] WHERE account_id = $1 AND "PolicyName" = $2 RETURNING 1`,
      [accountId, PolicyName, keys],
    );
    return rows.length > 0;
  }
}

interface LockedPolicy {
  readonly default_version: number;
  readonly last_version: number;
  readonly Tags: Readonly<Record<string, string>>;
}

async function lockPolicy(tx: Queryable, { accountId, PolicyName }: PolicyKey): Promise<LockedPolicy | undefined> {
  const rows = await tx.prepared<LockedPolicy>(
    `SELECT default_version, last_version, "Tags" FROM iam_policies WHERE account_id = $1 AND "PolicyName" = $2 FOR UPDATE`,
    [accountId, PolicyName],
  );
  return rows[0];
}

async function insertVersion(
  tx: Queryable,
  { accountId, PolicyName }: PolicyKey,
  number: number,
  document: string,
  now: Date,
): Promise<void> {
  await tx.prepared(
    `INSERT INTO iam_policy_versions (account_id, "PolicyName", number, "Document", "CreateDate") VALUES ($1, $2, $3, $4, $5)`,
    [accountId, PolicyName, number, document, now],
  );
}
