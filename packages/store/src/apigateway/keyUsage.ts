import type { Queryable } from "../postgres/queryable.ts";

/** Requests of an API key under a usage plan on one day. */
export interface KeyUsage {
  readonly keyId: string;
  /** In UTC, such as `2026-11-29`. */
  readonly day: string;
  readonly used: number;
  /** Requests that were added to the quota of the period. */
  readonly granted: number;
}

interface Days {
  readonly from: string;
  /** Inclusive. */
  readonly to: string;
}

/** How long AWS keeps usage. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-create-usage-plans-with-rest-api.html */
const KEPT_DAYS = 90;
const COLUMNS = `key_id AS "keyId", to_char(day, 'YYYY-MM-DD') AS day, used::float8 AS used, granted::float8 AS granted`;

/** Usage of API keys by day. Processes add what they counted; a quota is enforced by what they know, as on AWS: as well as possible. */
export class KeyUsageStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Adds requests of a day. A key that is no longer in the plan has no usage: then nothing is added. */
  async add({
    planId,
    keyId,
    day,
    used = 0,
    granted = 0,
  }: {
    readonly planId: string;
    readonly keyId: string;
    readonly day: string;
    readonly used?: number;
    readonly granted?: number;
  }): Promise<void> {
    await this.#database.query(
      `INSERT INTO apigateway_usage AS usage (plan_id, key_id, day, used, granted)
        SELECT plan_id, key_id, $3::date, $4, $5 FROM apigateway_usage_plan_keys WHERE plan_id = $1 AND key_id = $2 FOR KEY SHARE
       ON CONFLICT (plan_id, key_id, day) DO UPDATE SET used = usage.used + excluded.used, granted = usage.granted + excluded.granted`,
      [planId, keyId, day, used, granted],
    );
    await this.#database.query(
      `DELETE FROM apigateway_usage WHERE plan_id = $1 AND key_id = $2 AND day < $3::date - ${KEPT_DAYS}`,
      [planId, keyId, day],
    );
  }

  /** What was used of a key's quota in these days, less what was granted. */
  async total(planId: string, keyId: string, { from, to }: Days): Promise<number> {
    const [row] = await this.#database.query<{ total: number }>(
      `SELECT coalesce(sum(used - granted), 0)::float8 AS total FROM apigateway_usage
        WHERE plan_id = $1 AND key_id = $2 AND day BETWEEN $3::date AND $4::date`,
      [planId, keyId, from, to],
    );
    return row?.total ?? 0;
  }

  /** Days without usage are left out. */
  async list(planId: string, keyIds: readonly string[], { from, to }: Days): Promise<readonly KeyUsage[]> {
    return await this.#database.query<KeyUsage>(
      `SELECT ${COLUMNS} FROM apigateway_usage WHERE plan_id = $1 AND key_id = ANY($2) AND day BETWEEN $3::date AND $4::date
        ORDER BY key_id COLLATE "C", day`,
      [planId, keyIds, from, to],
    );
  }
}
