import type { Queryable, Transaction } from "../postgres/queryable.ts";
import type { Settings } from "./apis.ts";

/**
 * What an API consists of. The kinds up to `integrationResponse` belong to HTTP and WebSocket APIs, those after `deployment` to REST APIs; the other ones
 * to both.
 */
export type ApiPartKind =
  | "route"
  | "routeResponse"
  | "integration"
  | "integrationResponse"
  | "authorizer"
  | "model"
  | "stage"
  | "deployment"
  | "resource"
  | "method"
  | "gatewayResponse"
  | "requestValidator";

/** Parts that a deployment copies. */
export type ApiSnapshot = Readonly<Partial<Record<ApiPartKind | "api", unknown>>>;

export interface ApiPart {
  readonly apiId: string;
  readonly kind: ApiPartKind;
  /** Unique among the parts of this kind of the API. */
  readonly partId: string;
  readonly settings: Settings;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly updatedMs: number;
}

type PartKey = Pick<ApiPart, "apiId" | "kind" | "partId">;

const COLUMNS = `api_id AS "apiId", kind, part_id AS "partId", settings, (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs",
  (extract(epoch FROM updated_at) * 1000)::float8 AS "updatedMs"`;
const OF_KEY = "api_id = $1 AND kind = $2 AND part_id = $3";

/** The parts of APIs. A writer must have locked the API (`ApiStore.lock`), so that what was read stays true until the commit. */
export class ApiPartStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async find({ apiId, kind, partId }: PartKey, tx: Queryable = this.#database): Promise<ApiPart | undefined> {
    const [row] = await tx.prepared<ApiPart>(`SELECT ${COLUMNS} FROM apigateway_parts WHERE ${OF_KEY}`, [
      apiId,
      kind,
      partId,
    ]);
    return row;
  }

  async list(
    { apiId, kind }: Pick<PartKey, "apiId" | "kind">,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly ApiPart[]> {
    return await this.#database.query<ApiPart>(
      `SELECT ${COLUMNS} FROM apigateway_parts WHERE api_id = $1 AND kind = $2 AND part_id COLLATE "C" > $3 ORDER BY part_id COLLATE "C" LIMIT $4`,
      [apiId, kind, after, limit],
    );
  }

  /** All parts of these kinds, without what deployments copied. */
  async all(apiId: string, kinds: readonly ApiPartKind[], tx: Queryable = this.#database): Promise<readonly ApiPart[]> {
    return await tx.query<ApiPart>(
      `SELECT ${COLUMNS} FROM apigateway_parts WHERE api_id = $1 AND kind = ANY($2) ORDER BY kind, part_id COLLATE "C"`,
      [apiId, kinds],
    );
  }

  /** Creates the part or replaces its settings. */
  async put(tx: Transaction, { apiId, kind, partId }: PartKey, settings: Settings): Promise<ApiPart> {
    const [row] = await tx.query<ApiPart>(
      `INSERT INTO apigateway_parts AS part (api_id, kind, part_id, settings) VALUES ($1, $2, $3, $4)
       ON CONFLICT (api_id, kind, part_id) DO UPDATE SET settings = excluded.settings, updated_at = now() RETURNING ${COLUMNS}`,
      [apiId, kind, partId, JSON.stringify(settings)],
    );
    return row as ApiPart;
  }

  /** The size of all parts of an API, without what deployments copied. */
  async bytes(tx: Queryable, apiId: string): Promise<number> {
    const [row] = await tx.query<{ bytes: number }>(
      "SELECT coalesce(sum(octet_length(settings::text)), 0)::float8 AS bytes FROM apigateway_parts WHERE api_id = $1",
      [apiId],
    );
    return row?.bytes ?? 0;
  }

  async delete(tx: Transaction, { apiId, kind, partId }: PartKey): Promise<void> {
    await tx.query(`DELETE FROM apigateway_parts WHERE ${OF_KEY}`, [apiId, kind, partId]);
  }

  /** Sets what a deployment copied of its API. */
  async setSnapshot(tx: Transaction, apiId: string, deploymentId: string, snapshot: ApiSnapshot): Promise<void> {
    await tx.query(`UPDATE apigateway_parts SET snapshot = $4 WHERE ${OF_KEY}`, [
      apiId,
      "deployment",
      deploymentId,
      JSON.stringify(snapshot),
    ]);
  }

  /** What a deployment copied; `undefined` when there is no such deployment, or it copied nothing. */
  async snapshot(
    apiId: string,
    deploymentId: string,
    tx: Queryable = this.#database,
  ): Promise<ApiSnapshot | undefined> {
    const [row] = await tx.prepared<{ snapshot: ApiSnapshot | null }>(
      `SELECT snapshot FROM apigateway_parts WHERE ${OF_KEY}`,
      [apiId, "deployment", deploymentId],
    );
    return row?.snapshot ?? undefined;
  }
}
