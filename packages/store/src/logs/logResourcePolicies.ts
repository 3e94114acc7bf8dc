import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export interface LogResourcePolicy {
  readonly policyName: string;
  readonly policyDocument: string;
  /** Milliseconds since the epoch. */
  readonly lastUpdatedTime: number;
}

/** The policies of an account that let services write to its log groups. */
export class LogResourcePolicyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates or replaces a policy. False when the account has `limit` others. */
  async put({ accountId, region }: AccountRegion, policy: LogResourcePolicy, limit: number): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO log_resource_policies (account_id, region, "policyName", "policyDocument", "lastUpdatedTime")
       SELECT $1, $2, $3, $4, $5
        WHERE (SELECT count(*) FROM log_resource_policies WHERE account_id = $1 AND region = $2 AND "policyName" <> $3) < $6
       ON CONFLICT (account_id, region, "policyName")
       DO UPDATE SET "policyDocument" = excluded."policyDocument", "lastUpdatedTime" = excluded."lastUpdatedTime"
       RETURNING 1`,
      [accountId, region, policy.policyName, policy.policyDocument, policy.lastUpdatedTime, limit],
    );
    return rows.length > 0;
  }

  async delete({ accountId, region }: AccountRegion, policyName: string): Promise<boolean> {
    const rows = await this.#database.query(
      `DELETE FROM log_resource_policies WHERE account_id = $1 AND region = $2 AND "policyName" = $3 RETURNING 1`,
      [accountId, region, policyName],
    );
    return rows.length > 0;
  }

  /** Ordered by name. */
  async list(
    { accountId, region }: AccountRegion,
    query: { readonly after: string; readonly limit: number },
  ): Promise<readonly LogResourcePolicy[]> {
    return await this.#database.query<LogResourcePolicy>(
      `SELECT "policyName", "policyDocument", "lastUpdatedTime"::float8 AS "lastUpdatedTime" FROM log_resource_policies
        WHERE account_id = $1 AND region = $2 AND "policyName" > $3 ORDER BY "policyName" LIMIT $4`,
      [accountId, region, query.after, query.limit],
    );
  }
}
