import type { Logger } from "@hearth/kit";
import { CONFIRMED_NOW } from "../clock/confirmedNow.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { Batcher, type BatcherLimits } from "../postgres/batcher.ts";
import { TableStatistics } from "../postgres/tableStatistics.ts";
import { RecentBodies } from "./recentBodies.ts";
import { SqsClaimBatches } from "./sqsClaimBatches.ts";
import { claimSqsFifoMessages, OLD_SLOT, type SqsClaim, type SqsClaimed } from "./sqsClaims.ts";
import { insertSqsFifoMessages, insertSqsMessages } from "./sqsSends.ts";
import { SQS_RETENTION_SECONDS } from "./sqsQueues.ts";
import type { NewSqsFifoMessage, NewSqsMessage, SqsCounts, SqsReceipt, StoredSqsMessage } from "./sqsMessage.ts";

const BATCH: BatcherLimits<NewSqsMessage> = {
  items: 500,
  weight: 8 * 1024 * 1024,
  weigh: ({ body, attributes = "" }) => body.length + attributes.length,
};
const CHUNK_ROWS = 5_000;
/** How long a move task that has ended can be listed. */
const MOVE_TASK_DAYS = 14;

export const DELETE = `WITH gone AS (
     DELETE FROM sqs_messages m USING json_to_recordset($1) AS d ("queueId" bigint, id bigint, receipt bigint, "mustBeInFlight" boolean)
      WHERE m.queue_id = d."queueId" AND m.id = d.id AND m.receipt = d.receipt AND (NOT d."mustBeInFlight" OR m.visible_at > now())
     RETURNING m.queue_id, m.id, m.receipt, m.body_slot),
   old AS (DELETE FROM sqs_bodies_${OLD_SLOT} b USING gone WHERE gone.body_slot = ${OLD_SLOT} AND b.slot = ${OLD_SLOT} AND b.id = gone.id)
   SELECT queue_id::text AS queue, id::text, receipt::text FROM gone`;

interface SqsDeletion extends SqsReceipt {
  /** Deletes only while the message is in flight. */
  readonly mustBeInFlight: boolean;
}

export interface SqsOutlook {
  readonly queueId: string;
  readonly isDue: boolean;
  readonly nextInMs: number | null;
}

/** Why a message's visibility could not be changed. */
export type SqsVisibilityOutcome = "changed" | "missing" | "notInFlight" | "tooLong";

/** The tables of messages and their bodies. */
export class SqsMessageStore {
  readonly #database: Database;
  readonly #sends: Batcher<NewSqsMessage, StoredSqsMessage | undefined>;
  readonly #fifoSends: Batcher<NewSqsFifoMessage, StoredSqsMessage | undefined>;
  readonly #recent = new RecentBodies();
  readonly #statistics: TableStatistics;
  readonly #deletes: Batcher<SqsDeletion, boolean>;
  readonly #claims: SqsClaimBatches;

  constructor(database: Database, logger?: Logger) {
    this.#database = database;
    this.#statistics = new TableStatistics(database, "sqs_messages", logger);
    this.#sends = new Batcher<NewSqsMessage, StoredSqsMessage | undefined>({ ...BATCH, parallel: 2 }, (messages) =>
      insertSqsMessages(database, messages),
    );
    this.#fifoSends = new Batcher<NewSqsFifoMessage, StoredSqsMessage | undefined>(BATCH, (messages) =>
      database.transaction((tx) => insertSqsFifoMessages(tx, messages)),
    );
    this.#claims = new SqsClaimBatches(database, this.#recent);
    this.#deletes = new Batcher({ items: 1_000, parallel: 2 }, (receipts) => this.#delete(receipts));
  }

  /** Resolves when the message is committed, with `undefined` when its queue does not exist. Messages that arrive together share one commit. */
  async send(message: NewSqsMessage | NewSqsFifoMessage): Promise<StoredSqsMessage | undefined> {
    const stored = await (isFifo(message) ? this.#fifoSends.add(message) : this.#sends.add(message));
    if (stored && !stored.isDuplicate) {
      this.#recent.add(stored.id, message);
      this.#statistics.inserted(1);
    }
    return stored;
  }

  /** Sends in the caller's transaction. */
  async sendWithin(
    tx: Transaction,
    messages: readonly (NewSqsMessage | NewSqsFifoMessage)[],
  ): Promise<readonly (StoredSqsMessage | undefined)[]> {
    const ordered = messages.filter(isFifo);
    const others = messages.filter((message) => !isFifo(message));
    const stored = new Map<NewSqsMessage, StoredSqsMessage | undefined>();
    if (others.length > 0) {
      const results = await insertSqsMessages(tx, others);
      others.forEach((message, at) => stored.set(message, results[at]));
    }
    if (ordered.length > 0) {
      const results = await insertSqsFifoMessages(tx, ordered);
      ordered.forEach((message, at) => stored.set(message, results[at]));
    }
    this.#statistics.inserted(messages.length);
    return messages.map((message) => stored.get(message));
  }

  /** Makes visible messages invisible to other consumers, and resolves with them. */
  async claim(claim: SqsClaim, isOfFifo: boolean): Promise<SqsClaimed> {
    if (!isOfFifo) return await this.#claims.claim(claim);
    return await this.#database.transaction((tx) => claimSqsFifoMessages(tx, claim, this.#recent));
  }

  /** Deletes a message. False when it does not exist, or was received again with another receipt. */
  delete(deletion: SqsDeletion): Promise<boolean> {
    this.#recent.delete(deletion.id);
    return this.#deletes.add(deletion);
  }

  async exists({ queueId, id }: SqsReceipt): Promise<boolean> {
    const rows = await this.#database.query("SELECT 1 FROM sqs_messages WHERE queue_id = $1 AND id = $2", [
      queueId,
      id,
    ]);
    return rows.length > 0;
  }

  async changeVisibility(
    { queueId, id, receipt }: SqsReceipt,
    seconds: number,
    maxSeconds: number,
  ): Promise<SqsVisibilityOutcome> {
    const [row] = await this.#database.prepared<{ outcome: SqsVisibilityOutcome }>(
      `WITH found AS (SELECT receipt, visible_at, received_at FROM sqs_messages WHERE queue_id = $1 AND id = $2),
       judged AS (SELECT CASE WHEN receipt IS DISTINCT FROM $3 OR visible_at <= now() THEN 'notInFlight'
                              WHEN now() + $4 * interval '1 second' > received_at + $5 * interval '1 second' THEN 'tooLong' ELSE 'changed' END AS outcome FROM found),
       changed AS (UPDATE sqs_messages SET visible_at = now() + $4 * interval '1 second'
                    WHERE queue_id = $1 AND id = $2 AND receipt = $3 AND EXISTS (SELECT 1 FROM judged WHERE outcome = 'changed'))
       SELECT outcome FROM judged`,
      [queueId, id, receipt, seconds, maxSeconds],
    );
    return row?.outcome ?? "missing";
  }

  /** Moves claimed messages to a dead-letter queue. A standard message keeps the time when it was sent; for a FIFO one retention starts anew. */
  async moveToDeadLetter(
    from: { readonly queueId: string; readonly arn: string },
    toQueueId: string,
    claimed: readonly { readonly id: string; readonly receipt: string }[],
    isOfFifo: boolean,
  ): Promise<number> {
    const rows = await this.#database.query(
      `UPDATE sqs_messages m SET queue_id = $2, visible_at = now(), receipt = NULL, received_at = NULL, source_queue_arn = $3,
              sent_at = CASE WHEN $5 THEN now() ELSE sent_at END
         FROM json_to_recordset($4) AS c (id bigint, receipt bigint)
        WHERE m.queue_id = $1 AND m.id = c.id AND m.receipt = c.receipt AND EXISTS (SELECT 1 FROM sqs_queues WHERE id = $2) RETURNING 1`,
      [from.queueId, toQueueId, from.arn, JSON.stringify(claimed), isOfFifo],
    );
    return rows.length;
  }

  /** What the messages of each account take, with `overhead` bytes for each, and each text that they share once. Reads the rows of all messages. */
  async bytesByAccount(overhead: number): Promise<readonly { readonly accountId: string; readonly bytes: number }[]> {
    return await this.#database.prepared(
      `WITH held AS MATERIALIZED (
         SELECT q.account_id, m.slot, m.shared_text_id, m.bytes
           FROM (SELECT queue_id, CASE WHEN shared_text_id IS NOT NULL THEN body_slot END AS slot, shared_text_id, sum(bytes + $1::integer) AS bytes
                   FROM sqs_messages GROUP BY 1, 2, 3) AS m
           JOIN sqs_queues q ON q.id = m.queue_id)
       SELECT account_id AS "accountId", sum(bytes)::float8 AS bytes
         FROM (SELECT account_id, bytes FROM held UNION ALL
               SELECT account_id, t.bytes FROM (SELECT DISTINCT account_id, slot, shared_text_id FROM held WHERE shared_text_id IS NOT NULL) AS h
                 JOIN sqs_shared_texts t ON t.slot = h.slot AND t.id = h.shared_text_id) AS parts
        GROUP BY account_id`,
      [overhead],
    );
  }

  async counts(queueId: string, retentionSeconds: number): Promise<SqsCounts> {
    const [row] = await this.#database.query<SqsCounts>(
      `SELECT count(*) FILTER (WHERE visible_at <= now())::float8 AS visible,
              count(*) FILTER (WHERE visible_at > now() AND receipt IS NOT NULL)::float8 AS "inFlight",
              count(*) FILTER (WHERE visible_at > now() AND receipt IS NULL)::float8 AS delayed
         FROM sqs_messages WHERE queue_id = $1 AND sent_at > now() - $2 * interval '1 second'`,
      [queueId, retentionSeconds],
    );
    return row ?? { visible: 0, inFlight: 0, delayed: 0 };
  }

  /** The age of the queue's oldest message; 0 when it has none. */
  async oldestAgeMs(queueId: string, retentionSeconds: number): Promise<number> {
    const [row] = await this.#database.query<{ age: number | null }>(
      `SELECT (extract(epoch FROM now() - min(sent_at)) * 1000)::float8 AS age
         FROM sqs_messages WHERE queue_id = $1 AND sent_at > now() - $2 * interval '1 second'`,
      [queueId, retentionSeconds],
    );
    return Math.max(0, row?.age ?? 0);
  }

  /** The number of messages in flight, counted up to `limit`. */
  async inFlight(queueId: string, limit: number): Promise<number> {
    const [row] = await this.#database.prepared<{ count: number }>(
      `SELECT count(*)::float8 AS count FROM
         (SELECT 1 FROM sqs_messages WHERE queue_id = $1 AND visible_at > now() AND receipt IS NOT NULL LIMIT $2) AS counted`,
      [queueId, limit],
    );
    return row?.count ?? 0;
  }

  /** In how many milliseconds the next message of the queue becomes visible that is not visible yet. */
  async nextVisibleInMs(queueId: string): Promise<number | undefined> {
    const [row] = await this.#database.prepared<{ ms: number | null }>(
      `SELECT (extract(epoch FROM min(visible_at) - now()) * 1000)::float8 AS ms FROM sqs_messages WHERE queue_id = $1 AND visible_at > now()`,
      [queueId],
    );
    return row?.ms ?? undefined;
  }

  /** Of several queues: whether messages are visible now, and in how many milliseconds the next one becomes visible that is not. */
  async outlook(queueIds: readonly string[]): Promise<readonly SqsOutlook[]> {
    return await this.#database.prepared<SqsOutlook>(
      `SELECT q.id::text AS "queueId", EXISTS (SELECT FROM sqs_messages m WHERE m.queue_id = q.id AND m.visible_at <= now()) AS "isDue",
              (SELECT (extract(epoch FROM m.visible_at - now()) * 1000)::float8 FROM sqs_messages m
                WHERE m.queue_id = q.id AND m.visible_at > now() ORDER BY m.visible_at LIMIT 1) AS "nextInMs"
         FROM unnest($1::bigint[]) AS q(id)`,
      [queueIds],
    );
  }

  /** Deletes all messages that the queue had when this began. */
  async clear(queueId: string): Promise<void> {
    const [row] = await this.#database.query<{ last: string | null }>(
      "SELECT max(id)::text AS last FROM sqs_messages WHERE queue_id = $1",
      [queueId],
    );
    if (!row?.last) return;
    while ((await this.#deleteChunk("queue_id = $1 AND id <= $2", [queueId, row.last])) === CHUNK_ROWS);
  }

  /** Deletes messages beyond their queue's retention, messages of queues that are gone, what FIFO queues need not remember any longer, and old move tasks. */
  async deleteExpired(): Promise<void> {
    const queues = await this.#database.query<{ id: string; seconds: number | null }>(
      `WITH RECURSIVE ids AS (
         (SELECT queue_id FROM sqs_messages ORDER BY queue_id LIMIT 1)
         UNION ALL
         SELECT (SELECT m.queue_id FROM sqs_messages m WHERE m.queue_id > ids.queue_id ORDER BY m.queue_id LIMIT 1) FROM ids WHERE ids.queue_id IS NOT NULL)
       SELECT ids.queue_id::text AS id, CASE WHEN q.id IS NULL THEN NULL ELSE coalesce((q.attributes ->> 'MessageRetentionPeriod')::integer, $1) END AS seconds
         FROM ids LEFT JOIN sqs_queues q ON q.id = ids.queue_id WHERE ids.queue_id IS NOT NULL`,
      [SQS_RETENTION_SECONDS],
    );
    for (const { id, seconds } of queues) {
      if (seconds === null) await this.clear(id);
      else await this.#expire(id, seconds);
    }
    await this.#database.query("DELETE FROM sqs_deduplication WHERE expires_at <= now()");
    await this.#database.query("DELETE FROM sqs_receive_attempts WHERE expires_at <= now()");
    await this.#database.query(
      `DELETE FROM sqs_move_tasks WHERE status NOT IN ('RUNNING', 'CANCELLING') AND started_at <= now() - interval '${MOVE_TASK_DAYS} days'`,
    );
  }

  /** Looks at the messages with the lowest ids only: they are the oldest, but for a few that came from another queue. */
  async #expire(queueId: string, seconds: number): Promise<void> {
    const expired = `queue_id = $1 AND sent_at <= ${CONFIRMED_NOW} - $2 * interval '1 second'
      AND id <= coalesce((SELECT id FROM sqs_messages WHERE queue_id = $1 ORDER BY id OFFSET ${4 * CHUNK_ROWS} LIMIT 1), 9223372036854775807)`;
    while ((await this.#deleteChunk(expired, [queueId, seconds])) === CHUNK_ROWS);
  }

  async #deleteChunk(condition: string, values: readonly unknown[]): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      `WITH gone AS (
         DELETE FROM sqs_messages WHERE (queue_id, id) IN (SELECT queue_id, id FROM sqs_messages WHERE ${condition} ORDER BY id LIMIT ${CHUNK_ROWS})
         RETURNING id, body_slot),
       old AS (DELETE FROM sqs_bodies_${OLD_SLOT} b USING gone WHERE gone.body_slot = ${OLD_SLOT} AND b.slot = ${OLD_SLOT} AND b.id = gone.id)
       SELECT count(*)::float8 AS count FROM gone`,
      values,
    );
    return row?.count ?? 0;
  }

  async #delete(receipts: readonly SqsDeletion[]): Promise<readonly boolean[]> {
    const rows = await this.#database.prepared<{ queue: string; id: string; receipt: string }>(DELETE, [
      JSON.stringify(receipts),
    ]);
    const gone = new Set(rows.map(({ queue, id, receipt }) => `${queue} ${id} ${receipt}`));
    return receipts.map(({ queueId, id, receipt }) => gone.has(`${queueId} ${id} ${receipt}`));
  }
}

function isFifo(message: NewSqsMessage | NewSqsFifoMessage): message is NewSqsFifoMessage {
  return "scope" in message;
}
