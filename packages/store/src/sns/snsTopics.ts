import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

export interface SnsTopicKey extends AccountRegion {
  readonly TopicName: string;
}

/** Attributes or tags of a topic, or attributes of a subscription. */
export type SnsTexts = Readonly<Record<string, string>>;

export interface SnsTopicRecord extends SnsTopicKey {
  readonly id: string;
  readonly isFifo: boolean;
  /** What the owner has set, each value as the text that was sent. */
  readonly attributes: SnsTexts;
  readonly tags: SnsTexts;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface SnsTopicList {
  /** Only topics whose names come after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const COLUMNS = `id::text, account_id AS "accountId", region, "TopicName", is_fifo AS "isFifo", attributes, tags,
  (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "TopicName" = $3`;

function keyOf({ accountId, region, TopicName }: SnsTopicKey): [string, string, string] {
  return [accountId, region, TopicName];
}

/** The table of topics. Names are in byte order in listings. */
export class SnsTopicStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `undefined` when the name is taken, with "full" when the account has `limit` topics of this kind in the region. */
  async create(
    key: SnsTopicKey,
    { isFifo, attributes, tags }: Pick<SnsTopicRecord, "isFifo" | "attributes" | "tags">,
    limit: number,
  ): Promise<SnsTopicRecord | "full" | undefined> {
    const [row] = await this.#database.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM (SELECT 1 FROM sns_topics WHERE account_id = $1 AND region = $2 AND is_fifo = $3 LIMIT $4) AS present`,
      [key.accountId, key.region, isFifo, limit],
    );
    if (row && row.count >= limit) return "full";
    const rows = await this.#database.query<SnsTopicRecord>(
      `INSERT INTO sns_topics (account_id, region, "TopicName", is_fifo, attributes, tags) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...keyOf(key), isFifo, JSON.stringify(attributes), JSON.stringify(tags)],
    );
    return rows[0];
  }

  async find(key: SnsTopicKey): Promise<SnsTopicRecord | undefined> {
    const rows = await this.#database.prepared<SnsTopicRecord>(
      `SELECT ${COLUMNS} FROM sns_topics WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return rows[0];
  }

  /** Whether the topic with this id is still there. */
  async exists(topicId: string): Promise<boolean> {
    return (await this.#database.prepared("SELECT 1 FROM sns_topics WHERE id = $1", [topicId])).length > 0;
  }

  async list(
    { accountId, region }: AccountRegion,
    { after = "", limit }: SnsTopicList,
  ): Promise<readonly SnsTopicRecord[]> {
    return await this.#database.query<SnsTopicRecord>(
      `SELECT ${COLUMNS} FROM sns_topics WHERE account_id = $1 AND region = $2 AND "TopicName" COLLATE "C" > $3 ORDER BY "TopicName" COLLATE "C" LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  /** How many subscriptions were deleted since the topic exists. */
  async deletedSubscriptions(topicId: string): Promise<number> {
    const rows = await this.#database.query<{ deleted: number }>(
      "SELECT subscriptions_deleted AS deleted FROM sns_topics WHERE id = $1",
      [topicId],
    );
    return rows[0]?.deleted ?? 0;
  }

  /** Changes attributes or tags by `change`, which gets the present ones. Resolves with `undefined` when there is no such topic. */
  async change(
    key: SnsTopicKey,
    column: "attributes" | "tags",
    change: (topic: SnsTopicRecord) => SnsTexts,
  ): Promise<SnsTopicRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [topic] = await tx.query<SnsTopicRecord>(
        `SELECT ${COLUMNS} FROM sns_topics WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!topic) return undefined;
      const [changed] = await tx.query<SnsTopicRecord>(
        `UPDATE sns_topics SET ${column} = $2, modified_at = now() WHERE id = $1 RETURNING ${COLUMNS}`,
        [topic.id, JSON.stringify(change(topic))],
      );
      return changed;
    });
  }

  /** Deletes the topic with its subscriptions. */
  async delete(key: SnsTopicKey): Promise<void> {
    await this.#database.query(`DELETE FROM sns_topics WHERE ${OF_KEY}`, keyOf(key));
  }

  /** `count` numbers, each higher than all that were given before. */
  async takeSequences(count: number): Promise<readonly bigint[]> {
    const rows = await this.#database.prepared<{ value: bigint }>(
      "SELECT nextval('sns_sequence_numbers') AS value FROM generate_series(1, $1)",
      [count],
    );
    return rows.map(({ value }) => value);
  }

  /**
   * Makes `last` the topic's last sequence number, if `first` comes after the present one, and locks the topic until the transaction ends. Resolves with
   * false when another process was quicker.
   */
  async advance(tx: Transaction, topicId: string, first: bigint, last: bigint): Promise<boolean> {
    const rows = await tx.prepared(
      "UPDATE sns_topics SET last_sequence = $3 WHERE id = $1 AND last_sequence < $2 RETURNING 1",
      [topicId, first, last],
    );
    return rows.length > 0;
  }
}
