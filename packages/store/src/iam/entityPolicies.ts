import type { Database } from "../postgres/database.ts";
import { isForeignKeyViolation } from "../postgres/databaseErrors.ts";
import { lockRole } from "./roles.ts";
import { lockUser } from "./users.ts";
import type { Queryable } from "../postgres/queryable.ts";

/** A role or a user. */
export interface EntityKey {
  readonly accountId: string;
  readonly name: string;
}

type EntityKind = "role" | "user";

interface Tables {
  readonly inline: string;
  readonly attached: string;
  readonly owners: string;
  readonly name: string;
  readonly id: string;
  lock(tx: Queryable, key: EntityKey): Promise<object | undefined>;
}

const TABLES: Readonly<Record<EntityKind, Tables>> = {
  role: {
    inline: "iam_role_policies",
    attached: "iam_attached_role_policies",
    owners: "iam_roles",
    name: '"RoleName"',
    id: '"RoleId"',
    lock: (tx, { accountId, name }) => lockRole(tx, { accountId, RoleName: name }),
  },
  user: {
    inline: "iam_user_policies",
    attached: "iam_attached_user_policies",
    owners: "iam_users",
    name: '"UserName"',
    id: '"UserId"',
    lock: (tx, { accountId, name }) => lockUser(tx, { accountId, UserName: name }),
  },
};

export interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: string;
}

export interface AttachedPolicy {
  readonly PolicyArn: string;
  /** The last part of the ARN. */
  readonly PolicyName: string;
}

export interface PolicyUsage {
  readonly attached: number;
  readonly boundary: number;
}

/** The inline policies and attached managed policies of roles, or of users. The store of roles or users checks whether the role or user exists. */
export class IamEntityPolicyStore {
  readonly #database: Database;
  readonly #tables: Tables;

  constructor(database: Database, kind: EntityKind) {
    this.#database = database;
    this.#tables = TABLES[kind];
  }

  /**
   * Writes an inline policy, unless all inline policies of the owner together would have more than `maxBytes` characters, not counting white space.
   */
  async putInline(key: EntityKey, policy: InlinePolicy, maxBytes: number): Promise<"put" | "missing" | "tooLarge"> {
    return await this.#database.transaction(async (tx) => {
      if (!(await this.#tables.lock(tx, key))) return "missing";
      const [row] = await tx.prepared<{ size: bigint | null }>(
        `SELECT sum(length(regexp_replace("PolicyDocument", '\\s', '', 'g')))::bigint AS size
           FROM ${this.#tables.inline} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyName" <> $3`,
        [key.accountId, key.name, policy.PolicyName],
      );
      if (Number(row?.size ?? 0n) + policy.PolicyDocument.replace(/\s/g, "").length > maxBytes) return "tooLarge";
      await tx.prepared(
        `INSERT INTO ${this.#tables.inline} (account_id, ${this.#tables.name}, "PolicyName", "PolicyDocument") VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, ${this.#tables.name}, "PolicyName") DO UPDATE SET "PolicyDocument" = excluded."PolicyDocument"`,
        [key.accountId, key.name, policy.PolicyName, policy.PolicyDocument],
      );
      return "put";
    });
  }

  async findInline({ accountId, name }: EntityKey, PolicyName: string): Promise<InlinePolicy | undefined> {
    const rows = await this.#database.prepared<InlinePolicy>(
      `SELECT "PolicyName", "PolicyDocument" FROM ${this.#tables.inline} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyName" = $3`,
      [accountId, name, PolicyName],
    );
    return rows[0];
  }

  /** Names in order; only those after `after`. */
  async listInline({ accountId, name }: EntityKey, after: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#database.prepared<{ PolicyName: string }>(
      `SELECT "PolicyName" FROM ${this.#tables.inline} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyName" > $3
        ORDER BY "PolicyName" LIMIT $4`,
      [accountId, name, after, limit],
    );
    return rows.map(({ PolicyName }) => PolicyName);
  }

  /** Resolves with false when there was none. */
  async deleteInline({ accountId, name }: EntityKey, PolicyName: string): Promise<boolean> {
    const rows = await this.#database.prepared(
      `DELETE FROM ${this.#tables.inline} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyName" = $3 RETURNING 1`,
      [accountId, name, PolicyName],
    );
    return rows.length > 0;
  }

  /**
   * Attaches a managed policy; idempotent. `ownName` is the name of a policy of the account itself, which must exist; it is absent for AWS's own
   * policies.
   */
  async attach(
    key: EntityKey,
    PolicyArn: string,
    ownName: string | undefined,
    max: number,
  ): Promise<"attached" | "ownerMissing" | "policyMissing" | "tooMany"> {
    const { accountId, name } = key;
    try {
      return await this.#database.transaction(async (tx) => {
        if (!(await this.#tables.lock(tx, key))) return "ownerMissing";
        const [row] = await tx.prepared<{ others: bigint }>(
          `SELECT count(*) AS others FROM ${this.#tables.attached} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyArn" <> $3`,
          [accountId, name, PolicyArn],
        );
        if (Number(row?.others ?? 0n) >= max) return "tooMany";
        await tx.prepared(
          `INSERT INTO ${this.#tables.attached} (account_id, ${this.#tables.name}, "PolicyArn", "PolicyName") VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING`,
          [accountId, name, PolicyArn, ownName],
        );
        return "attached";
      });
    } catch (error) {
      if (isForeignKeyViolation(error, "iam_attached_policy")) return "policyMissing";
      throw error;
    }
  }

  /** Resolves with false when it was not attached. */
  async detach({ accountId, name }: EntityKey, PolicyArn: string): Promise<boolean> {
    const rows = await this.#database.prepared(
      `DELETE FROM ${this.#tables.attached} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyArn" = $3 RETURNING 1`,
      [accountId, name, PolicyArn],
    );
    return rows.length > 0;
  }

  /** Ordered by ARN; only those after `after`. */
  async listAttached({ accountId, name }: EntityKey, after: string, limit: number): Promise<readonly AttachedPolicy[]> {
    const rows = await this.#database.prepared<{ PolicyArn: string }>(
      `SELECT "PolicyArn" FROM ${this.#tables.attached} WHERE account_id = $1 AND ${this.#tables.name} = $2 AND "PolicyArn" > $3
        ORDER BY "PolicyArn" LIMIT $4`,
      [accountId, name, after, limit],
    );
    return rows.map(({ PolicyArn }) => ({ PolicyArn, PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1) }));
  }

  /** The roles or users of the account that have the policy attached. */
  async holders(
    accountId: string,
    PolicyArn: string,
  ): Promise<readonly { readonly name: string; readonly id: string }[]> {
    return await this.#database.prepared<{ name: string; id: string }>(
      `SELECT ${this.#tables.name} AS name, ${this.#tables.id} AS id FROM ${this.#tables.attached} JOIN ${this.#tables.owners} USING (account_id, ${this.#tables.name})
        WHERE account_id = $1 AND "PolicyArn" = $2 ORDER BY ${this.#tables.name}`,
      [accountId, PolicyArn],
    );
  }

  /** For each of the policies, by ARN: how many roles or users of the account have it attached, and how many have it as their boundary. */
  async usage(accountId: string, policyArns: readonly string[]): Promise<ReadonlyMap<string, PolicyUsage>> {
    const rows = await this.#database.prepared<PolicyUsage & { readonly arn: string }>(
      `SELECT arn,
              (SELECT count(*)::integer FROM ${this.#tables.attached} WHERE account_id = $1 AND "PolicyArn" = arn) AS attached,
              (SELECT count(*)::integer FROM ${this.#tables.owners} WHERE account_id = $1 AND "PermissionsBoundary" = arn) AS boundary
         FROM unnest($2::text[]) AS arn`,
      [accountId, policyArns],
    );
    return new Map(rows.map(({ arn, attached, boundary }) => [arn, { attached, boundary }]));
  }
}
