import type { Connection } from "../postgres/queryable.ts";

/** What the events of an account hold in payloads. */
export interface PayloadBytes {
  readonly accountId: string;
  readonly bytes: number;
}

/**
 * SQL that adds the column `bytes` of `changes`, a query with the column `account_id`, to the counters. It is part of the statement that makes the changes,
 * so that the counters are exact. In the order of accounts, so that two statements never wait for each other.
 */
export function countPayloads(changes: string): string {
  return `INSERT INTO event_payload_bytes AS counter (account_id, part, bytes)
     SELECT account_id, pg_backend_pid() % 16, sum(bytes) FROM (${changes}) AS changed GROUP BY account_id ORDER BY account_id
     ON CONFLICT (account_id, part) DO UPDATE SET bytes = counter.bytes + excluded.bytes`;
}

/** SQL: `account_id` and `bytes` of the row before it is deleted. */
const HELD = "account_id, CASE WHEN payload_bytes IS NULL THEN octet_length(payload) ELSE 0 END AS bytes";
const DROP = "payload = '', payload_bytes = octet_length(e.payload)";
const DROPPED_COLUMNS = "e.account_id, e.payload_bytes AS bytes";
const TAKE_OFF = countPayloads("SELECT account_id, -bytes AS bytes FROM gone");

/** Removes finished events and their payloads, and tells what payloads take. */
export class EventPayloads {
  readonly #database: Connection;

  constructor(database: Connection) {
    this.#database = database;
  }

  /** Bytes of the payloads of each account, of queued and finished events, in the order of accounts. */
  async bytes(): Promise<readonly PayloadBytes[]> {
    return await this.#database.prepared<PayloadBytes>(
      `SELECT account_id AS "accountId", sum(bytes)::float8 AS bytes FROM event_payload_bytes GROUP BY account_id ORDER BY account_id`,
      [],
    );
  }

  /** Deletes at most `limit` events that finished more than `ageMs` ago. Resolves with the number deleted. */
  async forgetFinished(ageMs: number, limit: number): Promise<number> {
    const [row] = await this.#database.prepared<{ events: number }>(
      `WITH gone AS (
         DELETE FROM events WHERE id IN (SELECT id FROM events WHERE finished_at < now() - $1 * interval '1 ms' ORDER BY finished_at LIMIT $2) RETURNING ${HELD}),
       counted AS (${TAKE_OFF})
       SELECT count(*)::integer AS events FROM gone`,
      [ageMs, limit],
    );
    return row?.events ?? 0;
  }

  /** Drops the payloads of at most `limit` events that finished more than `ageMs` ago. Resolves with their number. */
  async dropOld(ageMs: number, limit: number): Promise<number> {
    const [row] = await this.#database.prepared<{ events: number }>(
      `WITH old AS MATERIALIZED (
         SELECT of_account.id FROM (SELECT DISTINCT account_id FROM event_payload_bytes) AS account CROSS JOIN LATERAL (
           SELECT id FROM events WHERE account_id = account.account_id AND finished_at < now() - $1 * interval '1 ms' AND payload_bytes IS NULL
            ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS of_account
          LIMIT $2),
       gone AS (UPDATE events e SET ${DROP} FROM old WHERE e.id = old.id RETURNING ${DROPPED_COLUMNS}),
       counted AS (${TAKE_OFF})
       SELECT count(*)::integer AS events FROM gone`,
      [ageMs, limit],
    );
    return row?.events ?? 0;
  }

  /**
   * Drops the payloads of the events of an account that finished first, until they held `bytes` or `limit` were dropped. Resolves with what they held, and
   * with 0 events when none is left.
   */
  async dropOldest(
    accountId: string,
    bytes: number,
    limit: number,
  ): Promise<{ readonly events: number; readonly bytes: number }> {
    const [row] = await this.#database.prepared<{ events: number; bytes: number }>(
      `WITH oldest AS MATERIALIZED (
         SELECT id, finished_at, octet_length(payload) AS bytes FROM events WHERE account_id = $1 AND finished_at IS NOT NULL AND payload_bytes IS NULL
          ORDER BY finished_at LIMIT $3 FOR UPDATE SKIP LOCKED),
       summed AS (SELECT id, sum(bytes) OVER (ORDER BY finished_at, id) - bytes AS before FROM oldest),
       gone AS (UPDATE events e SET ${DROP} FROM summed WHERE e.id = summed.id AND summed.before < $2 RETURNING ${DROPPED_COLUMNS}),
       counted AS (${TAKE_OFF})
       SELECT count(*)::integer AS events, coalesce(sum(bytes), 0)::float8 AS bytes FROM gone`,
      [accountId, bytes, limit],
    );
    return row ?? { events: 0, bytes: 0 };
  }
}
