import type { Database } from "./database.ts";
import { isForeignKeyViolation } from "./databaseErrors.ts";
import { lockRole, type RoleKey } from "./iamRoles.ts";

export interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: string;
}

export interface AttachedPolicy {
  readonly PolicyArn: string;
  /** Last part of the ARN. */
  readonly PolicyName: string;
}

/** What is on roles: inline policies and attached managed ones. Whether the role exists is asked of `IamRoleStore`. */
export class IamRolePolicyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes an inline policy unless all inline policies of the role together would have more than `maxBytes` characters, white space
   * left out.
   */
  async putInline(key: RoleKey, policy: InlinePolicy, maxBytes: number): Promise<"put" | "missing" | "tooLarge"> {
    return await this.#database.transaction(async (tx) => {
      if (!(await lockRole(tx, key))) return "missing";
      const [row] = await tx.prepared<{ size: bigint | null }>(
        `SELECT sum(length(regexp_replace("PolicyDocument", '\\s', '', 'g')))::bigint AS size
           FROM iam_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyName" <> $3`,
        [key.accountId, key.RoleName, policy.PolicyName],
      );
      if (Number(row?.size ?? 0n) + policy.PolicyDocument.replace(/\s/g, "").length > maxBytes) return "tooLarge";
      await tx.prepared(
        `INSERT INTO iam_role_policies (account_id, "RoleName", "PolicyName", "PolicyDocument") VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, "RoleName", "PolicyName") DO UPDATE SET "PolicyDocument" = excluded."PolicyDocument"`,
        [key.accountId, key.RoleName, policy.PolicyName, policy.PolicyDocument],
      );
      return "put";
    });
  }

  async findInline({ accountId, RoleName }: RoleKey, PolicyName: string): Promise<InlinePolicy | undefined> {
    const rows = await this.#database.prepared<InlinePolicy>(
      `SELECT "PolicyName", "PolicyDocument" FROM iam_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyName" = $3`,
      [accountId, RoleName, PolicyName],
    );
    return rows[0];
  }

  /** Names in order, after `after`. */
  async listInline({ accountId, RoleName }: RoleKey, after: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#database.prepared<{ PolicyName: string }>(
      `SELECT "PolicyName" FROM iam_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyName" > $3
        ORDER BY "PolicyName" LIMIT $4`,
      [accountId, RoleName, after, limit],
    );
    return rows.map(({ PolicyName }) => PolicyName);
  }

  /** Resolves with false when there was none. */
  async deleteInline({ accountId, RoleName }: RoleKey, PolicyName: string): Promise<boolean> {
    const rows = await this.#database.prepared(
      `DELETE FROM iam_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyName" = $3 RETURNING 1`,
      [accountId, RoleName, PolicyName],
    );
    return rows.length > 0;
  }

  /**
   * Attaches a managed policy; idempotent. `ownName` names a policy of the account itself, which has to exist; AWS's own have none.
   */
  async attach(
    key: RoleKey,
    PolicyArn: string,
    ownName: string | undefined,
    max: number,
  ): Promise<"attached" | "roleMissing" | "policyMissing" | "tooMany"> {
    const { accountId, RoleName } = key;
    try {
      return await this.#database.transaction(async (tx) => {
        if (!(await lockRole(tx, key))) return "roleMissing";
        const [row] = await tx.prepared<{ others: bigint }>(
          `SELECT count(*) AS others FROM iam_attached_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyArn" <> $3`,
          [accountId, RoleName, PolicyArn],
        );
        if (Number(row?.others ?? 0n) >= max) return "tooMany";
        await tx.prepared(
          `INSERT INTO iam_attached_role_policies (account_id, "RoleName", "PolicyArn", "PolicyName") VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING`,
          [accountId, RoleName, PolicyArn, ownName],
        );
        return "attached";
      });
    } catch (error) {
      if (isForeignKeyViolation(error, "iam_attached_policy")) return "policyMissing";
      throw error;
    }
  }

  /** Resolves with false when it was not attached. */
  async detach({ accountId, RoleName }: RoleKey, PolicyArn: string): Promise<boolean> {
    const rows = await this.#database.prepared(
      `DELETE FROM iam_attached_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyArn" = $3 RETURNING 1`,
      [accountId, RoleName, PolicyArn],
    );
    return rows.length > 0;
  }

  /** In the order of ARNs, after `after`. */
  async listAttached(
    { accountId, RoleName }: RoleKey,
    after: string,
    limit: number,
  ): Promise<readonly AttachedPolicy[]> {
    const rows = await this.#database.prepared<{ PolicyArn: string }>(
      `SELECT "PolicyArn" FROM iam_attached_role_policies WHERE account_id = $1 AND "RoleName" = $2 AND "PolicyArn" > $3
        ORDER BY "PolicyArn" LIMIT $4`,
      [accountId, RoleName, after, limit],
    );
    return rows.map(({ PolicyArn }) => ({ PolicyArn, PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1) }));
  }

  /** Roles of the account that have the policy. */
  async rolesWith(
    accountId: string,
    PolicyArn: string,
  ): Promise<readonly { readonly RoleName: string; readonly RoleId: string }[]> {
    return await this.#database.prepared<{ RoleName: string; RoleId: string }>(
      `SELECT "RoleName", "RoleId" FROM iam_attached_role_policies JOIN iam_roles USING (account_id, "RoleName")
        WHERE account_id = $1 AND "PolicyArn" = $2 ORDER BY "RoleName"`,
      [accountId, PolicyArn],
    );
  }

  /** How many roles of the account have the policy. */
  async attachmentCount(accountId: string, PolicyArn: string): Promise<number> {
    const [row] = await this.#database.prepared<{ count: bigint }>(
      `SELECT count(*) FROM iam_attached_role_policies WHERE account_id = $1 AND "PolicyArn" = $2`,
      [accountId, PolicyArn],
    );
    return Number(row?.count ?? 0n);
  }
}
