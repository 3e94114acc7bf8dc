import type { AccountRegion } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-overview-developer-experience.html */
export type ApiProtocol = "HTTP" | "WEBSOCKET" | "REST";

export type Settings = Readonly<Record<string, unknown>>;

export interface ApiRecord extends AccountRegion {
  /** Unique in all accounts and regions. */
  readonly apiId: string;
  readonly protocol: ApiProtocol;
  /** As the door of this kind of API validated them. */
  readonly settings: Settings;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
}

const COLUMNS = `api_id AS "apiId", account_id AS "accountId", region, protocol, settings, tags,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs"`;
const OF_OWNER = "api_id = $1 AND account_id = $2 AND region = $3 AND protocol = ANY($4)";

/** The table of APIs of API Gateway. Each door passes the kinds of API that it serves. */
export class ApiStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Resolves with `tooMany` when the account has `quota` APIs of these kinds in the region. The id must be new. */
  async create(
    tx: Transaction,
    api: Omit<ApiRecord, "createdMs">,
    { protocols, quota }: { readonly protocols: readonly ApiProtocol[]; readonly quota: number },
  ): Promise<ApiRecord | "tooMany"> {
    const { apiId, accountId, region, protocol, settings, tags } = api;
    // One creation at a time per account and region, so that two together cannot exceed the quota.
    await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`apigateway ${accountId} ${region}`]);
    const [row] = await tx.query<ApiRecord>(
      `INSERT INTO apigateway_apis (api_id, account_id, region, protocol, settings, tags) SELECT $1, $2, $3, $4, $5, $6
        WHERE (SELECT count(*) FROM apigateway_apis WHERE account_id = $2 AND region = $3 AND protocol = ANY($7)) < $8 RETURNING ${COLUMNS}`,
      [apiId, accountId, region, protocol, JSON.stringify(settings), JSON.stringify(tags), protocols, quota],
    );
    return row ?? "tooMany";
  }

  async find(
    { accountId, region }: AccountRegion,
    apiId: string,
    protocols: readonly ApiProtocol[],
  ): Promise<ApiRecord | undefined> {
    const sql = `SELECT ${COLUMNS} FROM apigateway_apis WHERE ${OF_OWNER}`;
    const [row] = await this.#database.prepared<ApiRecord>(sql, [apiId, accountId, region, protocols]);
    return row;
  }

  /** As `find`, and no other transaction changes the API or its parts before `tx` ends. */
  async lock(
    tx: Transaction,
    { accountId, region }: AccountRegion,
    apiId: string,
    protocols: readonly ApiProtocol[],
  ): Promise<ApiRecord | undefined> {
    const sql = `SELECT ${COLUMNS} FROM apigateway_apis WHERE ${OF_OWNER} FOR UPDATE`;
    const [row] = await tx.query<ApiRecord>(sql, [apiId, accountId, region, protocols]);
    return row;
  }

  /** For requests of clients, who do not name the account. */
  async findById(apiId: string): Promise<ApiRecord | undefined> {
    const [row] = await this.#database.prepared<ApiRecord>(`SELECT ${COLUMNS} FROM apigateway_apis WHERE api_id = $1`, [
      apiId,
    ]);
    return row;
  }

  async list(
    { accountId, region }: AccountRegion,
    protocols: readonly ApiProtocol[],
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly ApiRecord[]> {
    return await this.#database.query<ApiRecord>(
      `SELECT ${COLUMNS} FROM apigateway_apis WHERE account_id = $1 AND region = $2 AND protocol = ANY($3) AND api_id > $4 ORDER BY api_id LIMIT $5`,
      [accountId, region, protocols, after, limit],
    );
  }

  async change(
    tx: Transaction,
    apiId: string,
    { settings, tags }: { readonly settings?: Settings; readonly tags?: ApiRecord["tags"] },
  ): Promise<void> {
    await tx.query(
      "UPDATE apigateway_apis SET settings = coalesce($2, settings), tags = coalesce($3, tags) WHERE api_id = $1",
      [apiId, settings ? JSON.stringify(settings) : null, tags ? JSON.stringify(tags) : null],
    );
  }

  /** Deletes an API with its parts. Its mappings must be gone. */
  async delete(tx: Transaction, apiId: string): Promise<void> {
    await tx.query("DELETE FROM apigateway_apis WHERE api_id = $1", [apiId]);
  }
}
