import type { AccountRegion } from "@hearth/model";
import type { Queryable } from "../postgres/queryable.ts";
import type { Settings } from "./apis.ts";

/** Settings of accounts in API Gateway, by region. */
export class ApiGatewayAccountStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async find({ accountId, region }: AccountRegion): Promise<Settings> {
    const sql = "SELECT settings FROM apigateway_accounts WHERE account_id = $1 AND region = $2";
    const [row] = await this.#database.query<{ settings: Settings }>(sql, [accountId, region]);
    return row?.settings ?? {};
  }

  async put({ accountId, region }: AccountRegion, settings: Settings): Promise<void> {
    await this.#database.query(
      `INSERT INTO apigateway_accounts (account_id, region, settings) VALUES ($1, $2, $3)
       ON CONFLICT (account_id, region) DO UPDATE SET settings = excluded.settings`,
      [accountId, region, JSON.stringify(settings)],
    );
  }
}
