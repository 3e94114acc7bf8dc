import type { SharedText } from "@hearth/model";
import type { Connection, Transaction } from "../postgres/queryable.ts";
import { storeSharedTexts } from "./sqsSharedTexts.ts";
import type { NewSqsFifoMessage, NewSqsMessage, StoredSqsMessage } from "./sqsMessage.ts";

/** How long a FIFO queue remembers what it has accepted. */
const DEDUPLICATION_SECONDS = 300;

const GIVEN = `SELECT nextval('sqs_message_ids') AS id, g.* FROM (
    SELECT e.*, coalesce(e."delaySeconds", (q.attributes ->> 'DelaySeconds')::integer, 0) AS delay
      FROM json_to_recordset($1) AS e (at integer, "queueId" bigint, "messageId" uuid, body text, attributes text, "senderId" text, "traceHeader" text,
                                       "groupId" text, "dedupId" text, "delaySeconds" integer, scope text, "sharedTextId" uuid)
      JOIN sqs_queues q ON q.id = e."queueId" ORDER BY e.at) AS g`;

// Visible from the time of the statement, not of its transaction: claims look for what became visible lately, see `SqsClaim.visibleFromMs`.
const INSERTS = `slot AS MATERIALIZED (SELECT coalesce($2::smallint, (SELECT current FROM sqs_body_slot)) AS current),
  bodies AS (
    INSERT INTO sqs_bodies (slot, id, body, attributes, sender_id, trace_header, dedup_id, shared_text_id)
    SELECT slot.current, id, body, attributes, "senderId", "traceHeader", "dedupId", "sharedTextId" FROM given, slot),
  rows AS (
    INSERT INTO sqs_messages (queue_id, id, message_id, body_slot, sent_at, visible_at, group_id, bytes, shared_text_id)
    SELECT "queueId", id, "messageId", slot.current, now(), clock_timestamp() + delay * interval '1 second', "groupId",
           octet_length(body) + coalesce(octet_length(attributes), 0) + coalesce(octet_length("traceHeader"), 0), "sharedTextId" FROM given, slot)`;

const ACCEPTED = `accepted AS (
    INSERT INTO sqs_deduplication (queue_id, scope, dedup_id, id, message_id, expires_at)
    SELECT "queueId", scope, "dedupId", id, "messageId", now() + interval '${DEDUPLICATION_SECONDS} seconds' FROM given
    ON CONFLICT (queue_id, scope, dedup_id) DO UPDATE SET id = excluded.id, message_id = excluded.message_id, expires_at = excluded.expires_at)`;

function statementOf(...parts: readonly string[]): string {
  return `WITH given AS MATERIALIZED (${GIVEN}), ${parts.join(", ")} SELECT at, id::text FROM given`;
}

const SEND = statementOf(INSERTS);
const SEND_FIFO = statementOf(INSERTS, ACCEPTED);

interface Inserted {
  readonly at: number;
  readonly id: string;
}

/** Stores messages of standard queues. The result of a message whose queue does not exist is `undefined`. Texts are shared in transactions only. */
export async function insertSqsMessages(
  database: Connection | Transaction,
  messages: readonly NewSqsMessage[],
): Promise<readonly (StoredSqsMessage | undefined)[]> {
  const ids = await idsOf(database, SEND, messages.map(numbered));
  return messages.map(({ messageId }, at) => {
    const id = ids.get(at);
    return id === undefined ? undefined : { id, messageId, isDuplicate: false };
  });
}

/**
 * Stores messages of FIFO queues, except duplicates of the last 5 minutes. Holds the queues' locks until the transaction ends, so that sequence numbers
 * are in the order of commits. The result of a message whose queue does not exist is `undefined`.
 */
export async function insertSqsFifoMessages(
  tx: Transaction,
  messages: readonly NewSqsFifoMessage[],
): Promise<readonly (StoredSqsMessage | undefined)[]> {
  const queueIds = [...new Set(messages.map(({ queueId }) => queueId))];
  await tx.prepared("SELECT 1 FROM sqs_queues WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE", [queueIds]);
  const known = await tx.prepared<Inserted & { readonly messageId: string }>(
    `SELECT e.at, d.id::text, d.message_id AS "messageId"
       FROM json_to_recordset($1) AS e (at integer, "queueId" bigint, scope text, "dedupId" text)
       JOIN sqs_deduplication d ON d.queue_id = e."queueId" AND d.scope = e.scope AND d.dedup_id = e."dedupId" AND d.expires_at > now()`,
    [JSON.stringify(messages.map(({ queueId, scope, dedupId }, at) => ({ at, queueId, scope, dedupId })))],
  );
  const results: (StoredSqsMessage | undefined)[] = messages.map(() => undefined);
  for (const { at, id, messageId } of known) results[at] = { id, messageId, isDuplicate: true };
  const first = new Map<string, number>();
  const fresh = messages.map(numbered).filter(({ at, queueId, scope, dedupId }) => {
    const key = JSON.stringify([queueId, scope, dedupId]);
    if (results[at] || first.has(key)) return false;
    first.set(key, at);
    return true;
  });
  if (fresh.length === 0) return results;
  const ids = await idsOf(tx, SEND_FIFO, fresh);
  for (const { at, messageId } of fresh) {
    const id = ids.get(at);
    if (id !== undefined) results[at] = { id, messageId, isDuplicate: false };
  }
  return messages.map(({ queueId, scope, dedupId }, at) => {
    if (results[at]) return results[at];
    const original = results[first.get(JSON.stringify([queueId, scope, dedupId])) ?? -1];
    return original && { ...original, isDuplicate: true };
  });
}

function numbered<Message>(message: Message, at: number): Message & { readonly at: number } {
  return { ...message, at };
}

/** The ids of inserted messages by their numbers. */
async function idsOf(
  database: Connection | Transaction,
  send: string,
  messages: readonly NewSqsMessage[],
): Promise<ReadonlyMap<number, string>> {
  // Outside of a transaction, the slot of a shared text could be truncated before the messages are there.
  const tx = "isTransaction" in database ? database : undefined;
  const texts = new Map<string, SharedText>();
  const given = messages.map(({ sharedBody, ...message }) => {
    if (!sharedBody || !tx) return message;
    texts.set(sharedBody.shared.id, sharedBody.shared);
    return { ...message, body: sharedBody.rest, sharedTextId: sharedBody.shared.id };
  });
  const slot = tx && texts.size > 0 ? await storeSharedTexts(tx, texts) : null;
  const rows = await database.prepared<Inserted>(send, [JSON.stringify(given), slot]);
  return new Map(rows.map(({ at, id }) => [at, id]));
}
