import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { EventList } from "./eventBuses.ts";
import type { EventConnectionKey } from "./eventConnections.ts";

export interface ApiDestinationSettings {
  readonly Description?: string | undefined;
  readonly InvocationEndpoint: string;
  readonly HttpMethod: string;
  readonly InvocationRateLimitPerSecond?: number | undefined;
}

export interface ApiDestinationRecord extends EventConnectionKey {
  /** A UUID; part of the ARN. */
  readonly id: string;
  /** The name of its connection, the connection's id, and whether it is authorized. */
  readonly connection: string;
  readonly connectionId: string;
  readonly isAuthorized: boolean;
  readonly settings: ApiDestinationSettings;
  /** Seconds since the epoch. */
  readonly CreationTime: number;
  readonly LastModifiedTime: number;
}

const SELECT = `SELECT d.account_id AS "accountId", d.region, d."Name", d.id::text, d.connection, c.id::text AS "connectionId", c.is_authorized AS "isAuthorized",
    d.settings, extract(epoch FROM d.created_at)::float8 AS "CreationTime", extract(epoch FROM d.modified_at)::float8 AS "LastModifiedTime"
  FROM event_api_destinations d JOIN event_connections c ON (c.account_id, c.region, c."Name") = (d.account_id, d.region, d.connection)
 WHERE d.account_id = $1 AND d.region = $2`;

const keyOf = ({ accountId, region, Name }: EventConnectionKey): readonly string[] => [accountId, region, Name];

/** The table of API destinations. */
export class ApiDestinationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Its connection exists. Resolves with `undefined` when a destination of that name exists. */
  async create(
    key: EventConnectionKey,
    { id, connection, settings }: Pick<ApiDestinationRecord, "id" | "connection" | "settings">,
  ): Promise<ApiDestinationRecord | undefined> {
    const created = await this.#database.query(
      `INSERT INTO event_api_destinations (account_id, region, "Name", id, connection, settings) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [...keyOf(key), id, connection, JSON.stringify(settings)],
    );
    return created.length > 0 ? await this.find(key) : undefined;
  }

  async find(key: EventConnectionKey): Promise<ApiDestinationRecord | undefined> {
    const [found] = await this.#database.query<ApiDestinationRecord>(`${SELECT} AND d."Name" = $3`, keyOf(key));
    return found;
  }

  async count({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM event_api_destinations WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  async list(
    { accountId, region }: AccountRegion,
    { prefix = "", after = "", limit, connection }: EventList & { readonly connection?: string | undefined },
  ): Promise<readonly ApiDestinationRecord[]> {
    return await this.#database.query<ApiDestinationRecord>(
      `${SELECT} AND starts_with(d."Name", $3) AND d."Name" COLLATE "C" > $4 AND ($6::text IS NULL OR d.connection = $6)
        ORDER BY d."Name" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit, connection ?? null],
    );
  }

  /** Resolves with `undefined` when there is no such destination. */
  async change(
    key: EventConnectionKey,
    {
      connection,
      settings,
    }: { readonly connection?: string | undefined; readonly settings: Partial<ApiDestinationSettings> },
  ): Promise<ApiDestinationRecord | undefined> {
    await this.#database.query(
      `UPDATE event_api_destinations SET connection = coalesce($4, connection), settings = (settings::jsonb || $5::jsonb)::json, modified_at = now()
        WHERE account_id = $1 AND region = $2 AND "Name" = $3`,
      [...keyOf(key), connection ?? null, JSON.stringify(settings)],
    );
    return await this.find(key);
  }

  /** Resolves with false when there is no such destination. */
  async delete(key: EventConnectionKey): Promise<boolean> {
    const rows = await this.#database.query(
      `DELETE FROM event_api_destinations WHERE account_id = $1 AND region = $2 AND "Name" = $3 RETURNING 1`,
      keyOf(key),
    );
    return rows.length > 0;
  }
}
