import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { EventList } from "./eventBuses.ts";

export interface EventConnectionKey extends AccountRegion {
  readonly Name: string;
}

export type EventConnectionType = "BASIC" | "API_KEY" | "OAUTH_CLIENT_CREDENTIALS";

export interface EventConnectionRecord extends EventConnectionKey {
  /** A UUID; part of the ARN. */
  readonly id: string;
  readonly Description: string | null;
  readonly type: EventConnectionType;
  /** AuthParameters as JSON, secrets included. */
  readonly parameters: string;
  readonly isAuthorized: boolean;
  readonly version: number;
  /** Seconds since the epoch. */
  readonly CreationTime: number;
  readonly LastModifiedTime: number;
  readonly LastAuthorizedTime: number;
}

export type NewEventConnection = Pick<EventConnectionRecord, "id" | "type" | "parameters"> & {
  readonly Description?: string | undefined;
};

type Row = Omit<EventConnectionRecord, "parameters"> & { readonly sealed: string };

const COLUMNS = `account_id AS "accountId", region, "Name", id::text, "Description", type, sealed, is_authorized AS "isAuthorized", version,
  extract(epoch FROM created_at)::float8 AS "CreationTime", extract(epoch FROM modified_at)::float8 AS "LastModifiedTime",
  extract(epoch FROM authorized_at)::float8 AS "LastAuthorizedTime"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "Name" = $3`;

const keyOf = ({ accountId, region, Name }: EventConnectionKey): readonly string[] => [accountId, region, Name];

/** What a sealed text belongs to: it can be opened for the same connection only. */
const sealOf = (id: string): readonly string[] => ["event_connections", id];

/** The table of connections. Their parameters are sealed in it. */
export class EventConnectionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `undefined` when a connection of that name exists. */
  async create(key: EventConnectionKey, connection: NewEventConnection): Promise<EventConnectionRecord | undefined> {
    const { id, Description, type, parameters } = connection;
    const [created] = await this.#database.query<Row>(
      `INSERT INTO event_connections (account_id, region, "Name", id, "Description", type, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...keyOf(key), id, Description ?? null, type, this.#database.keys.seal(parameters, sealOf(id))],
    );
    return created && this.#opened(created);
  }

  async find(key: EventConnectionKey): Promise<EventConnectionRecord | undefined> {
    const [found] = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM event_connections WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return found && this.#opened(found);
  }

  async count({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM event_connections WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  async list(
    { accountId, region }: AccountRegion,
    { prefix = "", after = "", limit, isAuthorized }: EventList & { readonly isAuthorized?: boolean | undefined },
  ): Promise<readonly EventConnectionRecord[]> {
    const rows = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM event_connections
        WHERE account_id = $1 AND region = $2 AND starts_with("Name", $3) AND "Name" COLLATE "C" > $4 AND ($6::boolean IS NULL OR is_authorized = $6)
        ORDER BY "Name" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit, isAuthorized ?? null],
    );
    return rows.map((row) => this.#opened(row));
  }

  /** Changes what `change` returns, which gets the present connection. Resolves with `undefined` when there is no such connection. */
  async change(
    key: EventConnectionKey,
    change: (
      present: EventConnectionRecord,
    ) => Partial<Pick<EventConnectionRecord, "Description" | "type" | "parameters" | "isAuthorized">>,
  ): Promise<EventConnectionRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<Row>(
        `SELECT ${COLUMNS} FROM event_connections WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!row) return undefined;
      const present = this.#opened(row);
      const { Description, type, parameters, isAuthorized } = { ...present, ...change(present) };
      const [changed] = await tx.query<Row>(
        `UPDATE event_connections SET "Description" = $4, type = $5, sealed = $6, is_authorized = $7, version = version + 1, modified_at = now(),
                authorized_at = CASE WHEN $7 THEN now() ELSE authorized_at END WHERE ${OF_KEY} RETURNING ${COLUMNS}`,
        [...keyOf(key), Description, type, tx.keys.seal(parameters, sealOf(present.id)), isAuthorized],
      );
      return changed && this.#opened(changed);
    });
  }

  /** Deletes the connection, unless API destinations use it. */
  async delete(key: EventConnectionKey): Promise<EventConnectionRecord | "in use" | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<Row>(
        `SELECT ${COLUMNS} FROM event_connections WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!row) return undefined;
      const users = await tx.query(
        "SELECT FROM event_api_destinations WHERE account_id = $1 AND region = $2 AND connection = $3 LIMIT 1",
        keyOf(key),
      );
      if (users.length > 0) return "in use";
      await tx.query(`DELETE FROM event_connections WHERE ${OF_KEY}`, keyOf(key));
      return this.#opened(row);
    });
  }

  #opened({ sealed, ...row }: Row): EventConnectionRecord {
    return { ...row, parameters: this.#database.keys.open(sealed, sealOf(row.id)) };
  }
}

/** Seals up to `limit` connections anew whose sealed text does not begin with `prefix`. Resolves with their number. */
export async function sealEventConnections(tx: Transaction, prefix: string, limit: number): Promise<number> {
  const rows = await tx.query<{ id: string; sealed: string }>(
    "SELECT id::text, sealed FROM event_connections WHERE NOT starts_with(sealed, $1) LIMIT $2 FOR UPDATE",
    [prefix, limit],
  );
  for (const { id, sealed } of rows) {
    const opened = tx.keys.open(sealed, sealOf(id));
    await tx.query("UPDATE event_connections SET sealed = $2 WHERE id = $1", [id, tx.keys.seal(opened, sealOf(id))]);
  }
  return rows.length;
}
