import { storableText } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { CONFIRMED_NOW } from "../clock/confirmedNow.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { DELIVERY_COLUMNS, type DeliveryRow, deliveryValues, messageOf } from "./deliveryRow.ts";

/** A message of the outbox that this process may send until its lease ends. */
export interface ClaimedDelivery {
  readonly message: OutgoingMessage;
  /** How often it was tried. It is also the fence: a later claim has a higher number. */
  readonly attempts: number;
  readonly ageMs: number;
  readonly lane: DeliveryLane;
}

/** Why a message is in the outbox: it is to be sent later, or was given up. */
export interface Undelivered {
  readonly message: OutgoingMessage;
  /** Its target is not in Hearth. */
  readonly isOutside: boolean;
  readonly state: "waiting" | "dead";
  readonly error: string;
  /** How often it was tried. Default: once. */
  readonly attempts?: number;
}

/** The messages of an account for one target. Targets whose hashes are equal share a lane. */
export interface DeliveryLane {
  readonly accountId: string;
  /** Hash of the target's ARN. */
  readonly target: number;
}

/** How many messages of a lane may be claimed. */
export interface LanePlaces extends DeliveryLane {
  readonly places: number;
}

export interface OutboxDepth {
  readonly waiting: number;
  readonly dead: number;
}

interface ClaimedRow extends DeliveryRow {
  readonly attempts: number;
  readonly lane: number;
  readonly age_ms: number;
}

const MAX_HASH = 2_147_483_647;
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

  /** Writes messages into the outbox in the transaction of what caused them. */
  async add(tx: Transaction, undelivered: readonly Undelivered[]): Promise<void> {
    for (const { message, isOutside, state, error, attempts = 1 } of undelivered) {
      const isCut = state === "dead" && message.body.byteLength > DEAD_BODY_BYTES;
      const values = deliveryValues(isCut ? { ...message, body: Buffer.alloc(0) } : message);
      await tx.prepared(
        `INSERT INTO deliveries (${DELIVERY_COLUMNS}, outside, state, last_error, attempts, dead_at, body_bytes)
         VALUES (${values.map((_value, at) => `$${at + 1}`).join(", ")}, $22, $23, $24, $25, CASE WHEN $23 = 'dead' THEN now() END, $26)`,
        [
          ...values,
          isOutside,
          state,
          storableText(error, ERROR_CHARACTERS),
          attempts,
          isCut ? message.body.byteLength : null,
        ],
      );
    }
  }

  /** At most `limit` lanes with messages that are due, from the one after `after` on, without those of the accounts in `busy`. */
  async dueLanes(
    isOutside: boolean,
    after: DeliveryLane | undefined,
    busy: readonly string[],
    limit: number,
  ): Promise<readonly DeliveryLane[]> {
    const next = (than: string): string =>
      `SELECT account_id, hashtext(target) AS target FROM deliveries
        WHERE state = 'waiting' AND outside = $1 AND (account_id, hashtext(target)) > (${than}) ORDER BY account_id, hashtext(target) LIMIT 1`;
    return await this.#database.prepared<DeliveryLane>(
      `WITH RECURSIVE lanes AS (
         (${next("$2, $3")}) UNION ALL
         SELECT following.* FROM lanes CROSS JOIN LATERAL (${next(`lanes.account_id, CASE WHEN lanes.account_id = ANY($4) THEN ${MAX_HASH} ELSE lanes.target END`)}) AS following)
       SELECT account_id AS "accountId", target FROM lanes
        WHERE account_id <> ALL($4::text[])
          AND EXISTS (SELECT 1 FROM deliveries d WHERE d.state = 'waiting' AND d.outside = $1 AND d.account_id = lanes.account_id
                         AND hashtext(d.target) = lanes.target AND d.due_at <= now())
        LIMIT $5`,
      [isOutside, after?.accountId ?? "", after?.target ?? 0, busy, limit],
    );
  }

  /** Claims, for `leaseMs`, messages that are due, the oldest ones of each lane. */
  async claim(
    owner: string,
    isOutside: boolean,
    places: readonly LanePlaces[],
    leaseMs: number,
  ): Promise<readonly ClaimedDelivery[]> {
    const rows = await this.#database.prepared<ClaimedRow>(
      `UPDATE deliveries SET lease_owner = $1, due_at = now() + $2 * interval '1 ms', attempts = attempts + 1
        WHERE id = ANY(ARRAY(
          SELECT due.id FROM unnest($4::text[], $5::integer[], $6::integer[]) AS lane (account_id, target, places) CROSS JOIN LATERAL (
            SELECT id FROM deliveries WHERE state = 'waiting' AND outside = $3 AND account_id = lane.account_id AND hashtext(target) = lane.target
               AND due_at <= now() ORDER BY due_at LIMIT lane.places FOR UPDATE SKIP LOCKED) AS due))
       RETURNING ${DELIVERY_COLUMNS}, attempts, hashtext(target) AS lane, (extract(epoch FROM ${CONFIRMED_NOW} - created_at) * 1000)::float8 AS age_ms`,
      [
        owner,
        leaseMs,
        isOutside,
        places.map((lane) => lane.accountId),
        places.map((lane) => lane.target),
        places.map((lane) => lane.places),
      ],
    );
    return rows.map((row) => ({
      message: messageOf(row),
      attempts: row.attempts,
      ageMs: Math.max(0, row.age_ms),
      lane: { accountId: row.account_id, target: row.lane },
    }));
  }

  /** In how many milliseconds the next message for a target inside, or outside, of Hearth is due; `undefined` when none waits. */
  async nextDueInMs(isOutside: boolean): Promise<number | undefined> {
    const [row] = await this.#database.prepared<{ ms: number | null }>(
      `SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS ms FROM deliveries WHERE state = 'waiting' AND outside = $1`,
      [isOutside],
    );
    return row?.ms ?? undefined;
  }

  /** Removes a claimed message in the transaction that sends it. Resolves with false, and does nothing, when another process has taken the lease. */
  async remove(tx: Transaction, owner: string, { message, attempts }: ClaimedDelivery): Promise<boolean> {
    const rows = await tx.prepared(
      "DELETE FROM deliveries WHERE id = $1 AND lease_owner = $2 AND attempts = $3 RETURNING 1",
      [message.id, owner, attempts],
    );
    return rows.length > 0;
  }

  /** Makes a claimed message wait for `delayMs`, or gives it up. Nothing was sent where `isAttempt` is false: the claim is not counted then. */
  async putBack(
    owner: string,
    { message, attempts }: ClaimedDelivery,
    error: string,
    delayMs: number | "dead",
    { isAttempt }: { readonly isAttempt: boolean } = { isAttempt: true },
  ): Promise<void> {
    const isDead = delayMs === "dead";
    await this.#database.prepared(
      `UPDATE deliveries SET lease_owner = NULL, attempts = attempts - $7::int, last_error = $4, due_at = now() + $5 * interval '1 ms',
              state = CASE WHEN $6 THEN 'dead' ELSE 'waiting' END, dead_at = CASE WHEN $6 THEN now() END,
              body = CASE WHEN $6 AND octet_length(body) > ${DEAD_BODY_BYTES} THEN '' ELSE body END,
              body_bytes = CASE WHEN $6 AND octet_length(body) > ${DEAD_BODY_BYTES} THEN octet_length(body) END
        WHERE id = $1 AND lease_owner = $2 AND attempts = $3`,
      [
        message.id,
        owner,
        attempts,
        storableText(error, ERROR_CHARACTERS),
        isDead ? 0 : delayMs,
        isDead,
        isAttempt ? 0 : 1,
      ],
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

  /** What the messages of each account that wait, and its fan-outs, take, with `overhead` bytes for each. */
  async waitingByAccount(overhead: number): Promise<readonly { readonly accountId: string; readonly bytes: number }[]> {
    return await this.#database.prepared(
      `SELECT account_id AS "accountId", sum(bytes)::float8 AS bytes FROM (
         SELECT account_id, octet_length(body) + $1::integer AS bytes FROM deliveries WHERE state = 'waiting' UNION ALL
         SELECT account_id, octet_length(body) + $1::integer FROM fan_outs) AS waiting GROUP BY account_id`,
      [overhead],
    );
  }

  async depth(): Promise<OutboxDepth> {
    const [row] = await this.#database.prepared<OutboxDepth>(
      `SELECT count(*) FILTER (WHERE state = 'waiting')::float8 AS waiting, count(*) FILTER (WHERE state = 'dead')::float8 AS dead FROM deliveries`,
    );
    return row ?? { waiting: 0, dead: 0 };
  }
}
