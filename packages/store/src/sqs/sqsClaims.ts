import type { Connection, Transaction } from "../postgres/queryable.ts";
import type { RecentBodies, SqsBody } from "./recentBodies.ts";
import type { ReceivedSqsMessage } from "./sqsMessage.ts";

export interface SqsClaim {
  readonly queueId: string;
  readonly limit: number;
  readonly visibilitySeconds: number;
  /** Older messages have expired. */
  readonly retentionSeconds: number;
  /** Messages that were received this many times are not received again: they belong in the dead-letter queue. */
  readonly maxReceiveCount?: number | undefined;
  /** Of a FIFO queue: a claim that is repeated with it within 5 minutes gets the same messages, unless they were deleted or are visible again. */
  readonly attemptId?: string | undefined;
  /** Looks only at messages of a standard queue that became visible at this time, in milliseconds since the epoch, or later. */
  readonly visibleFromMs?: number | undefined;
}

export interface SqsClaimed {
  readonly messages: readonly ReceivedSqsMessage[];
  /** Messages that were received `maxReceiveCount` times. They are in flight until they are moved. */
  readonly exhausted: readonly { readonly id: string; readonly receipt: string }[];
  /** When the last of these messages had become visible, in milliseconds since the epoch. */
  readonly lastVisibleAtMs?: number | undefined;
}

export interface ClaimedRow extends Omit<
  ReceivedSqsMessage,
  "body" | "attributes" | "senderId" | "traceHeader" | "dedupId"
> {
  readonly slot: number;
  readonly isExhausted: boolean;
  readonly wasVisibleAtMs: number;
}

const CLAIMED_COLUMNS = `m.id::text, m.message_id AS "messageId", m.receipt::text, m.group_id AS "groupId", m.receive_count AS "receiveCount",
    m.source_queue_arn AS "sourceQueueArn", m.body_slot AS slot, (extract(epoch FROM m.sent_at) * 1000)::float8 AS "sentAt",
    (extract(epoch FROM m.first_received_at) * 1000)::float8 AS "firstReceivedAt"`;

const CLAIM = `UPDATE sqs_messages m
    SET visible_at = now() + $3 * interval '1 second', receipt = (random() * 9007199254740991)::bigint, received_at = now(),
        receive_count = m.receive_count + CASE WHEN m.receive_count >= $5 THEN 0 ELSE 1 END,
        first_received_at = coalesce(m.first_received_at, now())
   FROM due WHERE m.queue_id = $1 AND m.id = due.id
  RETURNING ${CLAIMED_COLUMNS}, due.receive_count >= $5 AS "isExhausted",
    (extract(epoch FROM due.visible_at) * 1000)::float8 AS "wasVisibleAtMs"`;

// A claim does not wait for the disk: if the host fails and loses it, the message is received again, as after any lost answer.
const DUE = `queue_id = $1 AND visible_at <= now() AND sent_at > now() - $4 * interval '1 second'
  AND (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL`;

const CLAIM_ANY = `WITH due AS MATERIALIZED (
    SELECT id, receive_count, visible_at FROM sqs_messages
     WHERE ${DUE} AND visible_at >= coalesce(to_timestamp($6::float8 / 1000), '-infinity') ORDER BY visible_at LIMIT $2 FOR UPDATE SKIP LOCKED)
  ${CLAIM}`;

/** A group is blocked while one of its messages is in flight, and from a message on that is delayed. */
const CLAIM_IN_ORDER = `WITH blocked AS MATERIALIZED (
    SELECT group_id, min(CASE WHEN receipt IS NULL THEN id ELSE 0 END) AS from_id FROM sqs_messages
     WHERE queue_id = $1 AND visible_at > now() AND sent_at > now() - $4 * interval '1 second' GROUP BY group_id),
  due AS MATERIALIZED (
    SELECT id, receive_count, visible_at FROM sqs_messages LEFT JOIN blocked USING (group_id)
     WHERE ${DUE} AND (from_id IS NULL OR id < from_id) ORDER BY id LIMIT $2)
  ${CLAIM}`;

const VISIBLE_AT = `(extract(epoch FROM visible_at) * 1000000)::bigint::text`;

/** Of all that an earlier claim with the same id got, if nothing of it was deleted, received again, or had its visibility changed. */
const REPEAT = `WITH known AS MATERIALIZED (
    SELECT a.id, a.receipt, a."visibleAt" FROM sqs_receive_attempts r, json_to_recordset(r.messages) AS a (id bigint, receipt bigint, "visibleAt" text)
     WHERE r.queue_id = $1 AND r.attempt_id = $2 AND r.expires_at > now()),
  left_over AS MATERIALIZED (
    SELECT m.id FROM sqs_messages m JOIN known k ON m.id = k.id AND m.receipt = k.receipt
     WHERE m.queue_id = $1 AND m.visible_at > now() AND ${VISIBLE_AT} = k."visibleAt")
  UPDATE sqs_messages m SET visible_at = now() + $3 * interval '1 second' FROM left_over
   WHERE m.queue_id = $1 AND m.id = left_over.id AND (SELECT count(*) FROM left_over) = (SELECT count(*) FROM known)
  RETURNING ${CLAIMED_COLUMNS}, false AS "isExhausted", 0::float8 AS "wasVisibleAtMs"`;

const REMEMBER = `INSERT INTO sqs_receive_attempts (queue_id, attempt_id, messages, expires_at)
  SELECT $1, $2, json_agg(json_build_object('id', id, 'receipt', receipt, 'visibleAt', ${VISIBLE_AT})), now() + interval '5 minutes'
    FROM sqs_messages WHERE queue_id = $1 AND id = ANY($3::bigint[]) HAVING count(*) > 0
  ON CONFLICT (queue_id, attempt_id) DO UPDATE SET messages = excluded.messages,
    expires_at = CASE WHEN $4 THEN sqs_receive_attempts.expires_at ELSE excluded.expires_at END`;

const MAX_INTEGER = 2_147_483_647;

function valuesOf({ queueId, limit, visibilitySeconds, retentionSeconds, maxReceiveCount }: SqsClaim): unknown[] {
  return [queueId, limit, visibilitySeconds, retentionSeconds, maxReceiveCount ?? MAX_INTEGER];
}

/** Claims the messages that became visible first. */
export async function claimSqsMessages(
  database: Connection,
  claim: SqsClaim,
  recent?: RecentBodies,
): Promise<SqsClaimed> {
  return await withBodies(
    database,
    await database.prepared<ClaimedRow>(CLAIM_ANY, [...valuesOf(claim), claim.visibleFromMs ?? null]),
    recent,
  );
}

/** Claims messages of a FIFO queue, in its order. Claims of one queue run one after the other. */
export async function claimSqsFifoMessages(
  tx: Transaction,
  claim: SqsClaim,
  recent?: RecentBodies,
): Promise<SqsClaimed> {
  await tx.prepared("SELECT 1 FROM sqs_queues WHERE id = $1 FOR NO KEY UPDATE", [claim.queueId]);
  const { queueId, attemptId, visibilitySeconds } = claim;
  if (attemptId === undefined) {
    return await withBodies(tx, await tx.prepared<ClaimedRow>(CLAIM_IN_ORDER, valuesOf(claim)), recent);
  }
  const again = await tx.prepared<ClaimedRow>(REPEAT, [queueId, attemptId, visibilitySeconds]);
  const isRepeated = again.length > 0;
  const rows = isRepeated ? again : await tx.prepared<ClaimedRow>(CLAIM_IN_ORDER, valuesOf(claim));
  const received = rows.filter(({ isExhausted }) => !isExhausted).map(({ id }) => id);
  await tx.prepared(REMEMBER, [queueId, attemptId, received, isRepeated]);
  return await withBodies(tx, rows, recent);
}

async function withBodies(
  database: Connection,
  rows: readonly ClaimedRow[],
  recent: RecentBodies | undefined,
): Promise<SqsClaimed> {
  const received = rows.filter(({ isExhausted }) => !isExhausted);
  const bodies = await readSqsBodies(database, received, recent);
  return {
    messages: received
      .toSorted((a, b) => Number(a.id) - Number(b.id))
      .flatMap(({ slot: _slot, isExhausted: _isExhausted, wasVisibleAtMs: _wasVisibleAtMs, ...row }) => {
        const body = bodies.get(row.id);
        return body ? [{ ...row, ...body }] : []; // the message was deleted meanwhile
      }),
    lastVisibleAtMs: rows.length === 0 ? undefined : Math.max(...rows.map(({ wasVisibleAtMs }) => wasVisibleAtMs)),
    exhausted: rows.filter(({ isExhausted }) => isExhausted).map(({ id, receipt }) => ({ id, receipt })),
  };
}

/** The slot of a body that was copied when its slot was emptied. */
export const OLD_SLOT = 9;

function sharedTextIn(slot: number): string {
  return `(SELECT s.text FROM sqs_shared_texts_${slot} s WHERE s.slot = ${slot} AND s.id = b.shared_text_id)`;
}

/** A body that is not in its slot was moved to the old ones since its message was read. */
export async function readSqsBodies(
  database: Connection,
  messages: readonly { readonly id: string; readonly slot: number }[],
  recent?: RecentBodies,
): Promise<ReadonlyMap<string, SqsBody>> {
  const found = new Map<string, SqsBody>();
  for (const { id } of messages) {
    const known = recent?.find(id);
    if (known) found.set(id, known);
  }
  const slots = new Set([...messages.map(({ slot }) => slot), OLD_SLOT]);
  for (const slot of slots) {
    const ids = messages.filter((message) => (message.slot === slot || slot === OLD_SLOT) && !found.has(message.id));
    if (ids.length === 0) continue;
    // The partition is named: through the parent, every execution would lock all partitions.
    const rows = await database.prepared<Omit<SqsBody, "body"> & { readonly body: string | null }>(
      `SELECT id::text, CASE WHEN shared_text_id IS NULL THEN body ELSE ${sharedTextIn(slot)} || body END AS body,
              attributes, sender_id AS "senderId", trace_header AS "traceHeader", dedup_id AS "dedupId"
         FROM sqs_bodies_${slot} b WHERE slot = ${slot} AND id = ANY($1::bigint[])`,
      [ids.map(({ id }) => id)],
    );
    // Without a body where the slot was emptied between the two reads.
    for (const row of rows) if (row.body !== null) found.set(row.id, { ...row, body: row.body });
  }
  return found;
}
