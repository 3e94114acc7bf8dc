import type { AccountRegion, SendingPurpose } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

/** A message of the outbox in a listing. */
export interface ListedDelivery {
  readonly id: string;
  readonly purpose: SendingPurpose;
  /** The function that sends it, or the ARN of the resource for which a service does. */
  readonly source: string;
  readonly target: string;
  readonly state: "waiting" | "dead";
  readonly attempts: number;
  readonly lastError: string;
  readonly createdAt: Date;
  /** When it is tried next; while it is tried, when that has to end. */
  readonly dueAt: Date;
  readonly deadAt: Date | null;
  /** The event that it is about. */
  readonly eventId: string | null;
  readonly bytes: number;
  /** False when the body has been dropped because of its size: such a message cannot be replayed. */
  readonly bodyKept: boolean;
}

export interface DeliveryListing extends AccountRegion {
  readonly state?: "waiting" | "dead" | undefined;
  /** A function's name, or the ARN of a resource. */
  readonly source?: string | undefined;
  readonly from?: Date | undefined;
  readonly limit: number;
}

/** Which messages that were given up are sent again: those of `ids`, or all of a source, or all. */
export interface DeliveryReplay extends AccountRegion {
  readonly ids?: readonly string[] | undefined;
  readonly source?: string | undefined;
  readonly from?: Date | undefined;
  /** Time between one and the next. */
  readonly everyMs: number;
  readonly limit: number;
}

const SOURCE = `coalesce("FunctionName", source_arn)`;
const COLUMNS = `id, purpose, ${SOURCE} AS source, target, state, attempts, last_error AS "lastError", created_at AS "createdAt", due_at AS "dueAt",
  dead_at AS "deadAt", event_id AS "eventId", coalesce(body_bytes, octet_length(body)) AS bytes, body_bytes IS NULL AS "bodyKept"`;

/** What an operator does with messages that were not delivered: look, send again, cancel. */
export class DeliveryHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The latest messages, latest first. */
  async list({ accountId, region, state, source, from, limit }: DeliveryListing): Promise<readonly ListedDelivery[]> {
    return await this.#database.query<ListedDelivery>(
      `SELECT ${COLUMNS} FROM deliveries
        WHERE account_id = $1 AND region = $2 AND ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR ${SOURCE} = $4)
          AND created_at >= coalesce($5::timestamptz, '-infinity')
        ORDER BY created_at DESC, id LIMIT $6`,
      [accountId, region, state ?? null, source ?? null, from ?? null, limit],
    );
  }

  async find({ accountId, region }: AccountRegion, id: string): Promise<ListedDelivery | undefined> {
    const [row] = await this.#database.query<ListedDelivery>(
      `SELECT ${COLUMNS} FROM deliveries WHERE account_id = $1 AND region = $2 AND id = $3`,
      [accountId, region, id],
    );
    return row;
  }

  /** Makes messages that were given up wait for their first attempt again, oldest first. Resolves with their ids. */
  async replay({ accountId, region, ids, source, from, everyMs, limit }: DeliveryReplay): Promise<readonly string[]> {
    const rows = await this.#database.query<{ id: string }>(
      `WITH chosen AS (
         SELECT id, row_number() OVER (ORDER BY created_at, id) - 1 AS place FROM (
           SELECT id, created_at FROM deliveries
            WHERE account_id = $1 AND region = $2 AND state = 'dead' AND body_bytes IS NULL AND ($3::uuid[] IS NULL OR id = ANY($3))
              AND ($4::text IS NULL OR ${SOURCE} = $4) AND created_at >= coalesce($5::timestamptz, '-infinity')
            ORDER BY created_at, id LIMIT $7 FOR UPDATE SKIP LOCKED) AS dead)
       UPDATE deliveries d SET state = 'waiting', dead_at = NULL, lease_owner = NULL, attempts = 0,
              created_at = now() + chosen.place * $6::float8 * interval '1 ms', due_at = now() + chosen.place * $6::float8 * interval '1 ms'
         FROM chosen WHERE d.id = chosen.id RETURNING d.id`,
      [accountId, region, ids ?? null, source ?? null, from ?? null, everyMs, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Gives up a message that waits. Resolves with false when there is none, or it is being tried now. */
  async cancel({ accountId, region }: AccountRegion, id: string): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE deliveries SET state = 'dead', dead_at = now(), last_error = 'cancelled; ' || last_error
        WHERE account_id = $1 AND region = $2 AND id = $3 AND state = 'waiting' AND lease_owner IS NULL RETURNING 1`,
      [accountId, region, id],
    );
    return rows.length > 0;
  }
}
