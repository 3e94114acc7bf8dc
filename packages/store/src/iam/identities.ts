import type { Database } from "../postgres/database.ts";
import type { InlinePolicy } from "./entityPolicies.ts";

/** NOTIFY channel with the account whose users, roles or policies have changed; triggers send the notifications. */
export const IAM_CHANNEL = "hearth_iam";

/** A user or a role with everything that determines its permissions. */
export interface IdentityRecord {
  /** `UserId` or `RoleId`. */
  readonly id: string;
  readonly Path: string;
  readonly Tags: Readonly<Record<string, string>>;
  readonly PermissionsBoundary: string | null;
  /** The trust policy, which determines who may assume the role; absent for users. */
  readonly AssumeRolePolicyDocument: string | null;
  readonly MaxSessionDuration: number | null;
  readonly inline: readonly InlinePolicy[];
  /** Documents of the default versions. AWS's own policies have no document here. */
  readonly attached: readonly { readonly PolicyArn: string; readonly Document: string | null }[];
}

/** The identity that the sealed secret of session tokens is bound to. */
export const SESSION_SECRET: readonly string[] = ["session_secret"];

function identityQuery(kind: "user" | "role"): string {
  const name = kind === "user" ? '"UserName"' : '"RoleName"';
  const id = kind === "user" ? '"UserId"' : '"RoleId"';
  const own = kind === "user" ? "NULL AS" : "";
  return `
    SELECT e.${id} AS id, e."Path", e."Tags", e."PermissionsBoundary", ${own} "AssumeRolePolicyDocument", ${own} "MaxSessionDuration",
           coalesce((SELECT json_agg(json_build_object('PolicyName', i."PolicyName", 'PolicyDocument', i."PolicyDocument"))
                       FROM iam_${kind}_policies i WHERE i.account_id = e.account_id AND i.${name} = e.${name}), '[]') AS inline,
           coalesce((SELECT json_agg(json_build_object('PolicyArn', a."PolicyArn", 'Document', v."Document"))
                       FROM iam_attached_${kind}_policies a
                       LEFT JOIN iam_policies p ON p.account_id = a.account_id AND p."PolicyName" = a."PolicyName"
                       LEFT JOIN iam_policy_versions v ON v.account_id = p.account_id AND v."PolicyName" = p."PolicyName" AND v.number = p.default_version
                      WHERE a.account_id = e.account_id AND a.${name} = e.${name}), '[]') AS attached
      FROM iam_${kind}s e WHERE e.account_id = $1 AND e.${name} = $2`;
}

const QUERIES = { user: identityQuery("user"), role: identityQuery("role") };

/** Reads the data that determines the permissions of users and roles. */
export class IdentityStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads in one snapshot; `undefined` when there is no user or role of this name. */
  async load(kind: "user" | "role", accountId: string, name: string): Promise<IdentityRecord | undefined> {
    const rows = await this.#database.prepared<IdentityRecord>(QUERIES[kind], [accountId, name]);
    return rows[0];
  }

  /** The document of a managed policy's default version; `undefined` when the account has no such policy. */
  async policyDocument(accountId: string, PolicyName: string): Promise<string | undefined> {
    const rows = await this.#database.prepared<{ Document: string }>(
      `SELECT v."Document" FROM iam_policies p
         JOIN iam_policy_versions v ON v.account_id = p.account_id AND v."PolicyName" = p."PolicyName" AND v.number = p.default_version
        WHERE p.account_id = $1 AND p."PolicyName" = $2`,
      [accountId, PolicyName],
    );
    return rows[0]?.Document;
  }

  /** The secret that seals session tokens, the same for every process. When there is none yet, `fresh` is stored and becomes the secret. */
  async sessionSecret(fresh: Buffer): Promise<Buffer> {
    const { keys } = this.#database;
    await this.#database.query("INSERT INTO session_secret (sealed) VALUES ($1) ON CONFLICT DO NOTHING", [
      keys.seal(fresh.toString("hex"), SESSION_SECRET),
    ]);
    const [row] = await this.#database.query<{ sealed: string }>("SELECT sealed FROM session_secret");
    if (!row) throw new Error("the session secret is gone");
    return Buffer.from(keys.open(row.sealed, SESSION_SECRET), "hex");
  }
}
