import type { AccountRegion } from "@hearth/model";
import { Batcher } from "../postgres/batcher.ts";
import type { Database } from "../postgres/database.ts";

export interface SqsQueueKey extends AccountRegion {
  readonly QueueName: string;
}

/** Attributes or tags of a queue. */
export type SqsTexts = Readonly<Record<string, string>>;

export interface SqsQueueRecord extends SqsQueueKey {
  readonly id: string;
  readonly isFifo: boolean;
  /** What the owner has set, each value as the text that was sent. */
  readonly attributes: SqsTexts;
  readonly tags: SqsTexts;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface SqsQueueList {
  readonly prefix?: string | undefined;
  /** Only queues whose names come after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** How long queues keep messages that do not say so. */
export const SQS_RETENTION_SECONDS = 345_600;

const COLUMNS = `id::text, account_id AS "accountId", region, "QueueName", is_fifo AS "isFifo", attributes, tags,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt", (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "QueueName" = $3`;

function keyOf({ accountId, region, QueueName }: SqsQueueKey): [string, string, string] {
  return [accountId, region, QueueName];
}

/** The table of queues. Names are in byte order in listings. */
export class SqsQueueStore {
  readonly #database: Database;
  readonly #finds: Batcher<SqsQueueKey, SqsQueueRecord | undefined>;

  constructor(database: Database) {
    this.#database = database;
    this.#finds = new Batcher<SqsQueueKey, SqsQueueRecord | undefined>({ items: 500 }, (keys) => this.#find(keys));
  }

  /** Resolves with `undefined` when the name is taken. */
  async create(
    key: SqsQueueKey,
    { isFifo, attributes, tags }: Pick<SqsQueueRecord, "isFifo" | "attributes" | "tags">,
  ): Promise<SqsQueueRecord | undefined> {
    const rows = await this.#database.query<SqsQueueRecord>(
      `INSERT INTO sqs_queues (account_id, region, "QueueName", is_fifo, attributes, tags) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...keyOf(key), isFifo, JSON.stringify(attributes), JSON.stringify(tags)],
    );
    return rows[0];
  }

  /** The number of queues of an account, in all regions. */
  async count(accountId: string): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::float8 AS count FROM sqs_queues WHERE account_id = $1",
      [accountId],
    );
    return row?.count ?? 0;
  }

  /** Queues that are looked for together share one statement: a message to a topic with 1,000 queues looks for all of them. */
  async find(key: SqsQueueKey): Promise<SqsQueueRecord | undefined> {
    return await this.#finds.add(key);
  }

  async #find(keys: readonly SqsQueueKey[]): Promise<readonly (SqsQueueRecord | undefined)[]> {
    const rows = await this.#database.prepared<SqsQueueRecord & { readonly at: number }>(
      `SELECT k.at::integer, ${COLUMNS} FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k(account, queue_region, name, at)
         JOIN sqs_queues ON account_id = k.account AND region = k.queue_region AND "QueueName" = k.name`,
      [
        keys.map(({ accountId }) => accountId),
        keys.map(({ region }) => region),
        keys.map(({ QueueName }) => QueueName),
      ],
    );
    const found: (SqsQueueRecord | undefined)[] = keys.map(() => undefined);
    for (const { at, ...record } of rows) found[at - 1] = record;
    return found;
  }

  async list({ accountId, region }: AccountRegion, query: SqsQueueList): Promise<readonly SqsQueueRecord[]> {
    const { prefix = "", after = "", limit } = query;
    return await this.#database.query<SqsQueueRecord>(
      `SELECT ${COLUMNS} FROM sqs_queues
        WHERE account_id = $1 AND region = $2 AND starts_with("QueueName", $3) AND "QueueName" COLLATE "C" > $4
        ORDER BY "QueueName" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit],
    );
  }

  /** The queues whose redrive policy names `deadLetterArn`. */
  async sourcesOf(
    { accountId, region }: AccountRegion,
    deadLetterArn: string,
    { after = "", limit }: Omit<SqsQueueList, "prefix">,
  ): Promise<readonly SqsQueueRecord[]> {
    return await this.#database.query<SqsQueueRecord>(
      `SELECT ${COLUMNS} FROM sqs_queues
        WHERE account_id = $1 AND region = $2 AND (attributes ->> 'RedrivePolicy')::json ->> 'deadLetterTargetArn' = $3 AND "QueueName" COLLATE "C" > $4
        ORDER BY "QueueName" COLLATE "C" LIMIT $5`,
      [accountId, region, deadLetterArn, after, limit],
    );
  }

  /** Changes attributes by `change`, which gets the present ones. Resolves with `undefined` when there is no such queue. */
  async changeAttributes(
    key: SqsQueueKey,
    change: (queue: SqsQueueRecord) => SqsTexts,
  ): Promise<SqsQueueRecord | undefined> {
    return await this.#change(key, "attributes", change);
  }

  /** Changes tags by `change`, which gets the present ones. Resolves with `undefined` when there is no such queue. */
  async changeTags(key: SqsQueueKey, change: (queue: SqsQueueRecord) => SqsTexts): Promise<SqsQueueRecord | undefined> {
    return await this.#change(key, "tags", change);
  }

  async #change(
    key: SqsQueueKey,
    column: "attributes" | "tags",
    change: (queue: SqsQueueRecord) => SqsTexts,
  ): Promise<SqsQueueRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [queue] = await tx.query<SqsQueueRecord>(
        `SELECT ${COLUMNS} FROM sqs_queues WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!queue) return undefined;
      const modified = column === "attributes" ? ", modified_at = now()" : "";
      const [changed] = await tx.query<SqsQueueRecord>(
        `UPDATE sqs_queues SET ${column} = $2${modified} WHERE id = $1 RETURNING ${COLUMNS}`,
        [queue.id, JSON.stringify(change(queue))],
      );
      return changed;
    });
  }

  /** Resolves with the id of the deleted queue; its messages are left to `SqsMessageStore.clear`. */
  async delete(key: SqsQueueKey): Promise<string | undefined> {
    const rows = await this.#database.query<{ id: string }>(
      `DELETE FROM sqs_queues WHERE ${OF_KEY} RETURNING id::text`,
      keyOf(key),
    );
    return rows[0]?.id;
  }

  /** Notes that the queue is purged now; false when it was purged less than `everySeconds` ago. */
  async beginPurge(queueId: string, everySeconds: number): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE sqs_queues SET purged_at = now() WHERE id = $1 AND (purged_at IS NULL OR purged_at <= now() - $2 * interval '1 second') RETURNING 1`,
      [queueId, everySeconds],
    );
    return rows.length > 0;
  }
}
