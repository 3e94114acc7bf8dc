import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** An event for an archive. */
export interface EventToArchive {
  readonly archiveId: string;
  readonly id: string;
  /** JSON. */
  readonly event: string;
}

const STRIPES = 16;
/** Of one statement. */
const BATCH = 1_000;

/** The events in archives, and how much they take. */
export class ArchivedEventStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores events in the transaction that accepts them. */
  async add(tx: Transaction, events: readonly EventToArchive[]): Promise<void> {
    if (events.length === 0) return;
    await tx.prepared(
      `WITH added AS (
         INSERT INTO archived_events (archive_id, id, event) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[]) RETURNING archive_id, octet_length(event) AS bytes),
       sums AS (SELECT archive_id, count(*) AS events, sum(bytes) AS bytes FROM added GROUP BY archive_id ORDER BY archive_id)
       INSERT INTO event_archive_sizes (archive_id, stripe, events, bytes) SELECT archive_id, pg_backend_pid() % ${STRIPES}, events, bytes FROM sums
       ON CONFLICT (archive_id, stripe) DO UPDATE SET events = event_archive_sizes.events + excluded.events, bytes = event_archive_sizes.bytes + excluded.bytes`,
      [events.map(({ archiveId }) => archiveId), events.map(({ id }) => id), events.map(({ event }) => event)],
    );
  }

  /** Deletes events that are older than their archive keeps them, and those of archives that are gone. */
  async collect(): Promise<void> {
    const archives = await this.#database.query<{ id: string; days: number | null }>(
      `SELECT s.archive_id::text AS id, CASE WHEN a.id IS NULL THEN NULL ELSE coalesce((a.settings ->> 'RetentionDays')::integer, 0) END AS days
         FROM (SELECT DISTINCT archive_id FROM event_archive_sizes) s LEFT JOIN event_archives a ON a.id = s.archive_id`,
    );
    for (const { id, days } of archives) {
      if (days === 0) continue;
      while ((await this.#deleteOldest(id, BATCH, days === null ? -1 : days)) === BATCH);
      if (days === null) await this.#database.query("DELETE FROM event_archive_sizes WHERE archive_id = $1", [id]);
    }
  }

  /** Deletes the oldest events of accounts whose archives take more than `limitBytes` together. Resolves with the accounts. */
  async shrink(limitBytes: number): Promise<readonly string[]> {
    const beyond = await this.#database.query<{ accountId: string; bytes: number; ids: readonly string[] }>(
      `SELECT a.account_id AS "accountId", sum(s.bytes)::float8 AS bytes, array_agg(DISTINCT a.id::text) AS ids
         FROM event_archives a JOIN event_archive_sizes s ON s.archive_id = a.id GROUP BY 1 HAVING sum(s.bytes) > $1`,
      [limitBytes],
    );
    for (const { ids } of beyond) {
      for (let bytes = Infinity; bytes > limitBytes;) {
        const oldest = await this.#database.query<{ id: string }>(
          `SELECT archive_id::text AS id FROM archived_events WHERE archive_id = ANY ($1::bigint[]) ORDER BY stored_at LIMIT 1`,
          [ids],
        );
        if (!oldest[0]) break;
        await this.#deleteOldest(oldest[0].id, BATCH, -1);
        const [left] = await this.#database.query<{ bytes: number }>(
          "SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM event_archive_sizes WHERE archive_id = ANY ($1::bigint[])",
          [ids],
        );
        bytes = left?.bytes ?? 0;
      }
    }
    return beyond.map(({ accountId }) => accountId);
  }

  /** Resolves with the number of events. `days` below 0: however old. */
  async #deleteOldest(archiveId: string, limit: number, days: number): Promise<number> {
    const [row] = await this.#database.query<{ events: number }>(
      `WITH old AS (SELECT stored_at, id FROM archived_events
                     WHERE archive_id = $1 AND ($3 < 0 OR stored_at < now() - $3 * interval '1 day') ORDER BY stored_at, id LIMIT $2),
       gone AS (DELETE FROM archived_events e USING old WHERE e.archive_id = $1 AND (e.stored_at, e.id) = (old.stored_at, old.id) RETURNING octet_length(event) AS bytes),
       sums AS (SELECT count(*) AS events, coalesce(sum(bytes), 0) AS bytes FROM gone),
       counted AS (INSERT INTO event_archive_sizes (archive_id, stripe, events, bytes) SELECT $1, 0, -events, -bytes FROM sums WHERE events > 0
                   ON CONFLICT (archive_id, stripe) DO UPDATE SET events = event_archive_sizes.events + excluded.events, bytes = event_archive_sizes.bytes + excluded.bytes)
       SELECT events::integer FROM sums`,
      [archiveId, limit, days],
    );
    return row?.events ?? 0;
  }
}
