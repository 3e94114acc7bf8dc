import type { Database } from "../postgres/database.ts";
import type { KinesisConsumerRecord } from "./kinesisStream.ts";

const COLUMNS = `stream_id::text AS "streamId", "ConsumerName", tags, policy, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"`;

/** The table of registered consumers. */
export class KinesisConsumerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with why it was not registered: the name is taken, the stream has `limit` consumers or does not exist. */
  async register(
    streamId: string,
    ConsumerName: string,
    tags: Readonly<Record<string, string>>,
    limit: number,
  ): Promise<KinesisConsumerRecord | "taken" | "tooMany" | "missing"> {
    return await this.#database.transaction(async (tx) => {
      const [stream] = await tx.query("SELECT 1 FROM kinesis_streams WHERE id = $1 FOR UPDATE", [streamId]);
      if (!stream) return "missing";
      const [counted] = await tx.query<{ count: number }>(
        "SELECT count(*)::float8 AS count FROM kinesis_consumers WHERE stream_id = $1",
        [streamId],
      );
      if ((counted?.count ?? 0) >= limit) return "tooMany";
      const [made] = await tx.query<KinesisConsumerRecord>(
        `INSERT INTO kinesis_consumers (stream_id, "ConsumerName", tags) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [streamId, ConsumerName, JSON.stringify(tags)],
      );
      return made ?? "taken";
    });
  }

  async find(streamId: string, ConsumerName: string): Promise<KinesisConsumerRecord | undefined> {
    const rows = await this.#database.query<KinesisConsumerRecord>(
      `SELECT ${COLUMNS} FROM kinesis_consumers WHERE stream_id = $1 AND "ConsumerName" = $2`,
      [streamId, ConsumerName],
    );
    return rows[0];
  }

  async list(
    streamId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly KinesisConsumerRecord[]> {
    return await this.#database.query<KinesisConsumerRecord>(
      `SELECT ${COLUMNS} FROM kinesis_consumers WHERE stream_id = $1 AND "ConsumerName" > $2 ORDER BY "ConsumerName" LIMIT $3`,
      [streamId, after, limit],
    );
  }

  /** False when there is no such consumer. */
  async change(
    streamId: string,
    ConsumerName: string,
    change: Partial<Pick<KinesisConsumerRecord, "tags" | "policy">>,
  ): Promise<boolean> {
    const tags = change.tags === undefined ? null : JSON.stringify(change.tags);
    const rows = await this.#database.query(
      `UPDATE kinesis_consumers SET tags = coalesce($3::json, tags), policy = CASE WHEN $4 THEN $5 ELSE policy END
        WHERE stream_id = $1 AND "ConsumerName" = $2 RETURNING 1`,
      [streamId, ConsumerName, tags, change.policy !== undefined, change.policy ?? null],
    );
    return rows.length > 0;
  }

  /** False when there is no such consumer. */
  async delete(streamId: string, ConsumerName: string): Promise<boolean> {
    const rows = await this.#database.query(
      `DELETE FROM kinesis_consumers WHERE stream_id = $1 AND "ConsumerName" = $2 RETURNING 1`,
      [streamId, ConsumerName],
    );
    return rows.length > 0;
  }
}
