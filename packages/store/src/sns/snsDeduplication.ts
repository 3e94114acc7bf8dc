import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** How long a FIFO topic remembers what it has accepted. */
const SECONDS = 300;

export interface SnsDeduplicationKey {
  readonly topicId: string;
  readonly scope: string;
  readonly dedupId: string;
}

/** A message that a FIFO topic has accepted. */
export interface SnsAccepted {
  readonly messageId: string;
  readonly sequence: bigint;
}

/** What FIFO topics have accepted lately. */
export class SnsDeduplication {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Remembers the message. Resolves with the earlier one when it is a duplicate. The topic has to be locked by the transaction. */
  async accept(
    tx: Transaction,
    { topicId, scope, dedupId }: SnsDeduplicationKey,
    { messageId, sequence }: SnsAccepted,
  ): Promise<SnsAccepted | undefined> {
    const [earlier] = await tx.prepared<SnsAccepted>(
      `SELECT message_id::text AS "messageId", sequence FROM sns_deduplication
        WHERE topic_id = $1 AND scope = $2 AND dedup_id = $3 AND expires_at > now()`,
      [topicId, scope, dedupId],
    );
    if (earlier) return earlier;
    await tx.prepared(
      `INSERT INTO sns_deduplication (topic_id, scope, dedup_id, message_id, sequence, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + interval '${SECONDS} seconds')
       ON CONFLICT (topic_id, scope, dedup_id) DO UPDATE SET message_id = excluded.message_id, sequence = excluded.sequence, expires_at = excluded.expires_at`,
      [topicId, scope, dedupId, messageId, sequence],
    );
    return undefined;
  }

  /** Deletes at most `limit` expired entries. Resolves with their number. */
  async forgetExpired(limit: number): Promise<number> {
    const rows = await this.#database.query(
      `DELETE FROM sns_deduplication WHERE (topic_id, scope, dedup_id) IN (
         SELECT topic_id, scope, dedup_id FROM sns_deduplication WHERE expires_at <= now() LIMIT $1) RETURNING 1`,
      [limit],
    );
    return rows.length;
  }
}
