import type { Database } from "../postgres/database.ts";
import { LONG_STATEMENT_TIMEOUT_MS } from "../postgres/statementDeadline.ts";
import { OLD_SLOT } from "./sqsClaims.ts";

const SLOTS = 3;
const CHUNK_ROWS = 1_000;

/**
 * Rotates the slots of bodies. What the oldest slot still holds of messages that exist is copied to the old ones; then the slot is truncated, and becomes
 * the one that is written. Bodies of messages that were deleted meanwhile so cost neither a write nor a vacuum.
 */
export class SqsBodySlots {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Rotates if the last time was `everySeconds` ago, and the current slot holds anything, or if it has `maxBytes`. One that was killed is done anew at the
   * next time.
   */
  async rotate(everySeconds: number, maxBytes = Number.MAX_SAFE_INTEGER): Promise<boolean> {
    const [row] = await this.#database.query<{ current: number }>(
      `UPDATE sqs_body_slot SET rotated_at = now()
        WHERE rotated_at <= now() - $1 * interval '1 second' OR pg_total_relation_size(('sqs_bodies_' || current)::regclass) >= $2 RETURNING current`,
      [everySeconds, maxBytes],
    );
    if (!row) return false;
    const used = await this.#database.query(`SELECT 1 FROM sqs_bodies_${row.current} LIMIT 1`);
    if (used.length === 0) return false;
    const next = (row.current + 1) % SLOTS;
    // A message that moved to another queue meanwhile may need a second pass.
    while (await this.#copyLiving(next));
    await this.#empty(next);
    await this.#database.patiently(
      LONG_STATEMENT_TIMEOUT_MS,
      `DELETE FROM sqs_bodies_${OLD_SLOT} b WHERE NOT EXISTS (SELECT 1 FROM sqs_messages m WHERE m.id = b.id AND m.body_slot = ${OLD_SLOT})`,
    );
    await this.#deleteSharedTexts();
    return true;
  }

  /** Of the old slot. Nothing is copied meanwhile, because a copy relies on the texts that are there. */
  async #deleteSharedTexts(): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query(`SET LOCAL lock_timeout = '1s'`);
      await tx.query(`LOCK TABLE sqs_shared_texts_${OLD_SLOT} IN SHARE ROW EXCLUSIVE MODE`);
      await tx.query(
        `DELETE FROM sqs_shared_texts_${OLD_SLOT} s
          WHERE NOT EXISTS (SELECT 1 FROM sqs_messages m WHERE m.body_slot = ${OLD_SLOT} AND m.shared_text_id = s.id)`,
      );
    });
  }

  /** Resolves with whether there was anything to copy. */
  async #copyLiving(slot: number): Promise<boolean> {
    let found = false;
    for (let last: { queue: string; id: string } | undefined = { queue: "0", id: "0" }; last;) {
      const rows: { queue: string; id: string }[] = await this.#database.query(
        `WITH living AS MATERIALIZED (
           SELECT queue_id, id, shared_text_id FROM sqs_messages WHERE body_slot = ${slot} AND (queue_id, id) > ($1, $2)
            ORDER BY queue_id, id LIMIT ${CHUNK_ROWS} FOR UPDATE),
         copied AS (
           INSERT INTO sqs_bodies_${OLD_SLOT} (slot, id, body, attributes, sender_id, trace_header, dedup_id, shared_text_id)
           SELECT ${OLD_SLOT}, b.id, body, attributes, sender_id, trace_header, dedup_id, b.shared_text_id
             FROM sqs_bodies_${slot} b JOIN living ON living.id = b.id WHERE slot = ${slot}
           ON CONFLICT DO NOTHING),
         texts AS (
           INSERT INTO sqs_shared_texts_${OLD_SLOT} (slot, id, text, bytes)
           SELECT ${OLD_SLOT}, id, text, bytes FROM sqs_shared_texts_${slot} WHERE slot = ${slot} AND id IN (SELECT shared_text_id FROM living)
           ON CONFLICT DO NOTHING),
         moved AS (UPDATE sqs_messages m SET body_slot = ${OLD_SLOT} FROM living WHERE m.queue_id = living.queue_id AND m.id = living.id)
         SELECT queue_id::text AS queue, id::text FROM living ORDER BY queue_id DESC, id DESC LIMIT 1`,
        [last.queue, last.id],
      );
      [last] = rows;
      found ||= last !== undefined;
    }
    return found;
  }

  async #empty(slot: number): Promise<void> {
    await this.#database.transaction(async (tx) => {
      // Whoever reads the slot for long, such as a back-up, delays the rotation and no one else.
      await tx.query("SET LOCAL lock_timeout = '1s'");
      await tx.query(`LOCK TABLE sqs_bodies_${slot}, sqs_shared_texts_${slot} IN ACCESS EXCLUSIVE MODE`);
      const [row] = await tx.query<{ needed: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM sqs_messages WHERE body_slot = ${slot}) AS needed`,
      );
      if (row?.needed) return; // sent by a transaction that lasted for a whole rotation
      await tx.query(`TRUNCATE sqs_bodies_${slot}, sqs_shared_texts_${slot}`);
      await tx.query("UPDATE sqs_body_slot SET current = $1", [slot]);
    });
  }
}
