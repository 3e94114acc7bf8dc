import { storableText } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** A message of the outbox that this process may send until its lease ends. */
export interface ClaimedDelivery {
  readonly message: OutgoingMessage;
  /** How often it was tried. It is also the fence: a later claim has a higher number. */
  readonly attempts: number;
  readonly ageMs: number;
}

/** Why a message is in the outbox: it is to be sent later, or was given up. */
export interface Undelivered {
  readonly message: OutgoingMessage;
  readonly state: "waiting" | "dead";
  readonly error: string;
}

export interface OutboxDepth {
  readonly waiting: number;
  readonly dead: number;
}

interface DeliveryRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly Role: string;
  readonly log_group: string;
  readonly event_id: string;
  readonly purpose: OutgoingMessage["purpose"];
  readonly target: string;
  readonly body: Buffer;
  readonly attributes: OutgoingMessage["attributes"];
  readonly trace_id: string | null;
  readonly hops: number;
  readonly attempts: number;
  readonly age_ms: number;
}

const ERROR_CHARACTERS = 2_000;
/** A message that was given up keeps a body of at most this size: a function may answer with 6 MB each time. */
const DEAD_BODY_BYTES = 65_536;
/** What a row takes besides its body, roughly. */
const ROW_BYTES = 1_024;

/** The outbox: messages that could not be sent in the transaction that caused them. */
export class DeliveryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes a message into the outbox in the transaction of what caused it. */
  async add(tx: Transaction, { message, state, error }: Undelivered): Promise<void> {
    const { sender } = message;
    await tx.prepared(
      `INSERT INTO deliveries (id, account_id, region, "FunctionName", "Role", log_group, event_id, purpose, target, body, attributes, trace_id, hops, state,
                               last_error, attempts, dead_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, CASE WHEN $14 = 'dead' THEN now() END)`,
      [
        message.id,
        sender.accountId,
        sender.region,
        sender.FunctionName,
        sender.Role,
        sender.LogGroup,
        message.eventId,
        message.purpose,
        message.TargetArn,
        state === "dead" && message.body.byteLength > DEAD_BODY_BYTES ? Buffer.alloc(0) : message.body,
        JSON.stringify(message.attributes),
        message.traceId ?? null,
        message.hops,
        state,
        storableText(error, ERROR_CHARACTERS),
      ],
    );
  }

  /** Claims, for `leaseMs`, at most `limit` messages that are due, oldest first. */
  async claim(owner: string, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]> {
    const rows = await this.#database.prepared<DeliveryRow>(
      `UPDATE deliveries SET lease_owner = $1, due_at = now() + $3 * interval '1 ms', attempts = attempts + 1
        WHERE id IN (SELECT id FROM deliveries WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id, account_id, region, "FunctionName", "Role", log_group, event_id, purpose, target, body, attributes, trace_id, hops, attempts,
                 (extract(epoch FROM now() - created_at) * 1000)::float8 AS age_ms`,
      [owner, limit, leaseMs],
    );
    return rows.map((row) => ({ message: messageOf(row), attempts: row.attempts, ageMs: Math.max(0, row.age_ms) }));
  }

  /** Removes a claimed message in the transaction that sends it. Resolves with false, and does nothing, when another process has taken the lease. */
  async remove(tx: Transaction, owner: string, { message, attempts }: ClaimedDelivery): Promise<boolean> {
    const rows = await tx.prepared(
      "DELETE FROM deliveries WHERE id = $1 AND lease_owner = $2 AND attempts = $3 RETURNING 1",
      [message.id, owner, attempts],
    );
    return rows.length > 0;
  }

  /** Makes a claimed message wait for `delayMs`, or gives it up. */
  async putBack(
    owner: string,
    { message, attempts }: ClaimedDelivery,
    error: string,
    delayMs: number | "dead",
  ): Promise<void> {
    const isDead = delayMs === "dead";
    await this.#database.prepared(
      `UPDATE deliveries SET lease_owner = NULL, last_error = $4, due_at = now() + $5 * interval '1 ms',
              state = CASE WHEN $6 THEN 'dead' ELSE 'waiting' END, dead_at = CASE WHEN $6 THEN now() END,
              body = CASE WHEN $6 AND octet_length(body) > ${DEAD_BODY_BYTES} THEN '' ELSE body END
        WHERE id = $1 AND lease_owner = $2 AND attempts = $3`,
      [message.id, owner, attempts, storableText(error, ERROR_CHARACTERS), isDead ? 0 : delayMs, isDead],
    );
  }

  /** Deletes at most `limit` messages that were given up more than `ageMs` ago. Resolves with their number. */
  async forgetDead(ageMs: number, limit: number): Promise<number> {
    const rows = await this.#database.prepared(
      `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state = 'dead' AND dead_at < now() - $1 * interval '1 ms' LIMIT $2) RETURNING 1`,
      [ageMs, limit],
    );
    return rows.length;
  }

  /** Deletes at most `limit` of the messages by which what an account has given up exceeds `bytes`, its oldest ones. Resolves with their number. */
  async forgetBeyond(bytes: number, limit: number): Promise<number> {
    const rows = await this.#database.prepared(
      `DELETE FROM deliveries WHERE id IN (
         SELECT id FROM (
           SELECT id, sum(octet_length(body) + ${ROW_BYTES}) OVER (PARTITION BY account_id ORDER BY dead_at DESC, id) AS total
             FROM deliveries WHERE state = 'dead') AS given_up
          WHERE total > $1 LIMIT $2) RETURNING 1`,
      [bytes, limit],
    );
    return rows.length;
  }

  async depth(): Promise<OutboxDepth> {
    const [row] = await this.#database.prepared<OutboxDepth>(
      `SELECT count(*) FILTER (WHERE state = 'waiting')::float8 AS waiting, count(*) FILTER (WHERE state = 'dead')::float8 AS dead FROM deliveries`,
    );
    return row ?? { waiting: 0, dead: 0 };
  }
}

function messageOf(row: DeliveryRow): OutgoingMessage {
  return {
    id: row.id,
    eventId: row.event_id,
    sender: {
      accountId: row.account_id,
      region: row.region,
      FunctionName: row.FunctionName,
      Role: row.Role,
      LogGroup: row.log_group,
    },
    purpose: row.purpose,
    TargetArn: row.target,
    body: row.body,
    attributes: row.attributes,
    ...(row.trace_id !== null && { traceId: row.trace_id }),
    hops: row.hops,
  };
}
