import type { AccountRegion } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import { type ApiKeyRecord, KEY_COLUMNS } from "./apiKeys.ts";
import type { Settings } from "./apis.ts";

export interface UsagePlanRecord extends AccountRegion {
  readonly planId: string;
  readonly settings: Settings;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
}

/** A stage that a usage plan gives access to. */
export interface UsagePlanStage {
  readonly planId: string;
  readonly apiId: string;
  readonly stage: string;
  /** By method, such as `/pets/GET`. */
  readonly throttle: Settings;
}

const COLUMNS = `plan_id AS "planId", account_id AS "accountId", region, settings, tags,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs"`;
const STAGE = 'plan_id AS "planId", api_id AS "apiId", stage, throttle';
const OF_OWNER = "plan_id = $1 AND account_id = $2 AND region = $3";

type Page = { readonly after?: string | undefined; readonly limit: number };

/** Usage plans of REST APIs with their stages and keys. */
export class UsagePlanStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Resolves with `tooMany` when the account has `quota` plans in the region. */
  async create(
    tx: Transaction,
    { planId, accountId, region, settings, tags }: Omit<UsagePlanRecord, "createdMs">,
    quota: number,
  ): Promise<UsagePlanRecord | "tooMany"> {
    await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`apigateway plans ${accountId} ${region}`]);
    const [row] = await tx.query<UsagePlanRecord>(
      `INSERT INTO apigateway_usage_plans (plan_id, account_id, region, settings, tags) SELECT $1, $2, $3, $4, $5
        WHERE (SELECT count(*) FROM apigateway_usage_plans WHERE account_id = $2 AND region = $3) < $6 RETURNING ${COLUMNS}`,
      [planId, accountId, region, JSON.stringify(settings), JSON.stringify(tags), quota],
    );
    return row ?? "tooMany";
  }

  async find({ accountId, region }: AccountRegion, planId: string): Promise<UsagePlanRecord | undefined> {
    const sql = `SELECT ${COLUMNS} FROM apigateway_usage_plans WHERE ${OF_OWNER}`;
    const [row] = await this.#database.query<UsagePlanRecord>(sql, [planId, accountId, region]);
    return row;
  }

  /** As `find`, and no other transaction changes the plan, its stages or its keys before `tx` ends. */
  async lock(
    tx: Transaction,
    { accountId, region }: AccountRegion,
    planId: string,
  ): Promise<UsagePlanRecord | undefined> {
    const sql = `SELECT ${COLUMNS} FROM apigateway_usage_plans WHERE ${OF_OWNER} FOR UPDATE`;
    const [row] = await tx.query<UsagePlanRecord>(sql, [planId, accountId, region]);
    return row;
  }

  /** `keyId`: only the plans of this key. */
  async list(
    { accountId, region }: AccountRegion,
    { after = "", limit, keyId }: Page & { readonly keyId?: string | undefined },
  ): Promise<readonly UsagePlanRecord[]> {
    return await this.#database.query<UsagePlanRecord>(
      `SELECT ${COLUMNS} FROM apigateway_usage_plans AS plan WHERE account_id = $1 AND region = $2 AND plan_id COLLATE "C" > $3
        AND ($5::text IS NULL OR EXISTS (SELECT 1 FROM apigateway_usage_plan_keys AS held WHERE held.plan_id = plan.plan_id AND held.key_id = $5))
        ORDER BY plan_id COLLATE "C" LIMIT $4`,
      [accountId, region, after, limit, keyId ?? null],
    );
  }

  async change(
    tx: Transaction,
    planId: string,
    { settings, tags }: { readonly settings?: Settings; readonly tags?: UsagePlanRecord["tags"] },
  ): Promise<void> {
    await tx.query(
      "UPDATE apigateway_usage_plans SET settings = coalesce($2, settings), tags = coalesce($3, tags) WHERE plan_id = $1",
      [planId, settings ? JSON.stringify(settings) : null, tags ? JSON.stringify(tags) : null],
    );
  }

  async delete(tx: Transaction, planId: string): Promise<void> {
    await tx.query("DELETE FROM apigateway_usage_plans WHERE plan_id = $1", [planId]);
  }

  async stages(planIds: readonly string[], tx: Queryable = this.#database): Promise<readonly UsagePlanStage[]> {
    return await tx.query<UsagePlanStage>(
      `SELECT ${STAGE} FROM apigateway_usage_plan_stages WHERE plan_id = ANY($1) ORDER BY api_id COLLATE "C", stage COLLATE "C"`,
      [planIds],
    );
  }

  /** Replaces the stages of a plan. */
  async setStages(tx: Transaction, planId: string, stages: readonly Omit<UsagePlanStage, "planId">[]): Promise<void> {
    await tx.query("DELETE FROM apigateway_usage_plan_stages WHERE plan_id = $1", [planId]);
    for (const { apiId, stage, throttle } of stages) {
      await tx.query(
        "INSERT INTO apigateway_usage_plan_stages (plan_id, api_id, stage, throttle) VALUES ($1, $2, $3, $4)",
        [planId, apiId, stage, JSON.stringify(throttle)],
      );
    }
  }

  /** Takes a stage that was deleted out of all plans. */
  async removeStage(tx: Transaction, apiId: string, stage: string): Promise<void> {
    await tx.query("DELETE FROM apigateway_usage_plan_stages WHERE api_id = $1 AND stage = $2", [apiId, stage]);
  }

  /** The plans that give access to stages of an API. */
  async ofApi(apiId: string): Promise<readonly (UsagePlanStage & Pick<UsagePlanRecord, "settings">)[]> {
    return await this.#database.query<UsagePlanStage & Pick<UsagePlanRecord, "settings">>(
      `SELECT plan.plan_id AS "planId", stage.api_id AS "apiId", stage.stage, stage.throttle, plan.settings FROM apigateway_usage_plan_stages AS stage
        JOIN apigateway_usage_plans AS plan ON plan.plan_id = stage.plan_id WHERE stage.api_id = $1 ORDER BY plan.plan_id COLLATE "C"`,
      [apiId],
    );
  }

  /** The keys of a plan. `named`: what the name begins with. */
  async keys(
    planId: string,
    {
      after = "",
      limit,
      named,
      keyId,
    }: Page & { readonly named?: string | undefined; readonly keyId?: string | undefined },
  ): Promise<readonly ApiKeyRecord[]> {
    return await this.#database.query<ApiKeyRecord>(
      `SELECT ${KEY_COLUMNS} FROM apigateway_api_keys WHERE key_id IN (SELECT key_id FROM apigateway_usage_plan_keys WHERE plan_id = $1)
        AND key_id COLLATE "C" > $2 AND ($4::text IS NULL OR starts_with(settings->>'name', $4)) AND ($5::text IS NULL OR key_id = $5)
        ORDER BY key_id COLLATE "C" LIMIT $3`,
      [planId, after, limit, named ?? null, keyId ?? null],
    );
  }

  /**
   * A key of the plan that reaches a stage of the plan through another plan too; `undefined` when there is none. Which plan counts for a request would
   * not be clear.
   */
  async keyWithTwoPlans(
    tx: Queryable,
    planId: string,
  ): Promise<{ readonly keyId: string; readonly apiId: string; readonly stage: string } | undefined> {
    const [row] = await tx.query<{ keyId: string; apiId: string; stage: string }>(
      `SELECT own.key_id AS "keyId", stage.api_id AS "apiId", stage.stage
         FROM apigateway_usage_plan_keys AS own
         JOIN apigateway_usage_plan_stages AS stage ON stage.plan_id = own.plan_id
         JOIN apigateway_usage_plan_keys AS other ON other.key_id = own.key_id AND other.plan_id <> own.plan_id
         JOIN apigateway_usage_plan_stages AS twin ON twin.plan_id = other.plan_id AND twin.api_id = stage.api_id AND twin.stage = stage.stage
        WHERE own.plan_id = $1 LIMIT 1`,
      [planId],
    );
    return row;
  }

  async addKey(tx: Transaction, planId: string, keyId: string): Promise<void> {
    await tx.query("INSERT INTO apigateway_usage_plan_keys (plan_id, key_id) VALUES ($1, $2)", [planId, keyId]);
  }

  async deleteKey(tx: Transaction, planId: string, keyId: string): Promise<boolean> {
    const sql = "DELETE FROM apigateway_usage_plan_keys WHERE plan_id = $1 AND key_id = $2 RETURNING 1";
    return (await tx.query(sql, [planId, keyId])).length > 0;
  }
}
