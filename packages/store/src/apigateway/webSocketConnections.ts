import type { Queryable } from "../postgres/queryable.ts";

export interface WebSocketConnectionRow {
  readonly connectionId: string;
  readonly facts: unknown;
}

/** A process that has connections. */
export interface WebSocketOwner {
  readonly processId: string;
  /** Until its lease ends; 0 when it has ended. */
  readonly leaseMs: number;
}

/** The open web sockets of each process, for the time after it died. */
export class WebSocketConnectionStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async add(processId: string, rows: readonly WebSocketConnectionRow[]): Promise<void> {
    await this.#database.query(
      `INSERT INTO web_socket_connections (connection_id, process_id, facts)
       SELECT id, $1, facts FROM unnest($2::text[], $3::jsonb[]) AS row (id, facts) ON CONFLICT DO NOTHING`,
      [processId, rows.map(({ connectionId }) => connectionId), rows.map(({ facts }) => JSON.stringify(facts))],
    );
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    await this.#database.query("DELETE FROM web_socket_connections WHERE connection_id = ANY($1)", [connectionIds]);
  }

  /** The processes with connections, but for one. */
  async ownersBut(processId: string): Promise<readonly WebSocketOwner[]> {
    return await this.#database.query<WebSocketOwner>(
      `SELECT one.process_id AS "processId", greatest(0, coalesce(extract(epoch FROM lease.lease_until - now()) * 1000, 0))::float8 AS "leaseMs"
         FROM (SELECT DISTINCT process_id FROM web_socket_connections WHERE process_id <> $1) AS one
         LEFT JOIN web_socket_processes AS lease ON lease.process_id = one.process_id`,
      [processId],
    );
  }

  /** Takes connections of a process, if it has no lease: each is given to one caller, once. */
  async claim(processId: string, limit: number): Promise<readonly WebSocketConnectionRow[]> {
    return await this.#database.query<WebSocketConnectionRow>(
      `DELETE FROM web_socket_connections WHERE connection_id = ANY(ARRAY(
         SELECT connection_id FROM web_socket_connections WHERE process_id = $1
            AND NOT EXISTS (SELECT 1 FROM web_socket_processes WHERE process_id = $1 AND lease_until > now())
          LIMIT $2 FOR UPDATE SKIP LOCKED))
       RETURNING connection_id AS "connectionId", facts`,
      [processId, limit],
    );
  }
}
