import type { Queryable } from "../postgres/queryable.ts";

/** PostgreSQL announces here that a command waits (`do <process> <id>`), or has been done (`done <id>`). */
export const WEB_SOCKET_CHANNEL = "hearth_web_sockets";

export interface WebSocketCommandRow {
  /** UUID. */
  readonly id: string;
  readonly command: unknown;
  readonly body: Buffer | null;
}

/** Which processes have web sockets, and what other processes want of these sockets. */
export class WebSocketCommandStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Says that this process has web sockets, and removes what processes that died have left. */
  async renew(processId: string, leaseMs: number): Promise<void> {
    await this.#database.query(
      `WITH left_over AS (DELETE FROM web_socket_commands WHERE expires_at < now() - interval '1 minute'),
            dead AS (DELETE FROM web_socket_processes WHERE lease_until < now() - interval '1 hour')
       INSERT INTO web_socket_processes (process_id, lease_until) VALUES ($1, now() + $2 * interval '1 ms')
       ON CONFLICT (process_id) DO UPDATE SET lease_until = excluded.lease_until`,
      [processId, leaseMs],
    );
  }

  async leave(processId: string): Promise<void> {
    await this.#database.query("DELETE FROM web_socket_processes WHERE process_id = $1", [processId]);
  }

  /** Milliseconds until the lease of a process ends; 0 when it has none. */
  async leaseMs(processId: string): Promise<number> {
    const [row] = await this.#database.query<{ ms: number }>(
      `SELECT greatest(0, extract(epoch FROM lease_until - now()) * 1000)::float8 AS ms FROM web_socket_processes WHERE process_id = $1`,
      [processId],
    );
    return row?.ms ?? 0;
  }

  /** Resolves with false when there is no such process, or it is dead. */
  async add(
    processId: string,
    { id, command, body }: WebSocketCommandRow,
    { expiresInMs }: { readonly expiresInMs: number },
  ): Promise<boolean> {
    const rows = await this.#database.query(
      `WITH added AS (
         INSERT INTO web_socket_commands (id, process_id, command, body, expires_at)
         SELECT $2::uuid, process_id, $3, $4, now() + $5 * interval '1 ms' FROM web_socket_processes WHERE process_id = $1 AND lease_until > now()
         RETURNING process_id)
       SELECT pg_notify($6, 'do ' || process_id || ' ' || $2::text) FROM added`,
      [processId, id, JSON.stringify(command), body, expiresInMs, WEB_SOCKET_CHANNEL],
    );
    return rows.length > 0;
  }

  /** Commands of this process that are not done: all of them, or the one with `id`. */
  async toDo(processId: string, id?: string): Promise<readonly WebSocketCommandRow[]> {
    return await this.#database.query<WebSocketCommandRow>(
      `SELECT id, command, body FROM web_socket_commands
        WHERE process_id = $1 AND reply IS NULL AND expires_at > now() AND ($2::uuid IS NULL OR id = $2)`,
      [processId, id ?? null],
    );
  }

  async done(id: string, reply: unknown): Promise<void> {
    await this.#database.query(
      `WITH done AS (UPDATE web_socket_commands SET reply = $2, body = NULL WHERE id = $1 RETURNING id)
       SELECT pg_notify($3, 'done ' || id) FROM done`,
      [id, JSON.stringify(reply), WEB_SOCKET_CHANNEL],
    );
  }

  /** The reply, which is removed; `undefined` while there is none. */
  async takeReply(id: string): Promise<unknown> {
    const [row] = await this.#database.query<{ reply: unknown }>(
      "DELETE FROM web_socket_commands WHERE id = $1 AND reply IS NOT NULL RETURNING reply",
      [id],
    );
    return row?.reply;
  }

  async withdraw(id: string): Promise<void> {
    await this.#database.query("DELETE FROM web_socket_commands WHERE id = $1", [id]);
  }
}
