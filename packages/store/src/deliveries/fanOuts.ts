import { storableText } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import { CONFIRMED_NOW } from "../clock/confirmedNow.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** One message for many targets. */
export interface FanOut extends AccountRegion {
  /** A UUID. */
  readonly id: string;
  /** The name of the reader that knows the targets. */
  readonly reader: string;
  readonly body: Uint8Array;
  /** What the reader needs besides the body. Stored as JSON. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** Where a chunk starts; any JSON value but null. */
export type FanOutCursor = string | number | object;

/** A fan-out that this process may expand until its lease ends. */
export interface ClaimedFanOut extends FanOut {
  /** Absent before the first chunk. */
  readonly cursor?: FanOutCursor;
  /** The fence: a later claim has a higher number. */
  readonly claims: number;
  /** Attempts that have failed since the last chunk that was written. */
  readonly failures: number;
  readonly ageMs: number;
}

export interface FanOutClaim {
  readonly after: string;
  readonly busy: readonly string[];
  /** Only fan-outs of these: another process may know more of them. */
  readonly readers: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
}

interface FanOutRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly reader: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly cursor: FanOutCursor | null;
  readonly claims: number;
  readonly failures: number;
  readonly age_ms: number;
}

const ERROR_CHARACTERS = 2_000;

/** Messages that are being sent to many targets. */
export class FanOutStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(tx: Transaction, { id, accountId, region, reader, body, context }: FanOut): Promise<void> {
    await tx.prepared(
      "INSERT INTO fan_outs (id, account_id, region, reader, context, body) VALUES ($1, $2, $3, $4, $5, $6)",
      [id, accountId, region, reader, JSON.stringify(context), body],
    );
  }

  /** Claims, for `leaseMs`, the oldest fan-out that is due of at most `limit` accounts, except those of `busy`: first of the accounts after `after`. */
  async claim(owner: string, { after, busy, readers, limit, leaseMs }: FanOutClaim): Promise<readonly ClaimedFanOut[]> {
    const rows = await this.#database.prepared<FanOutRow>(
      `WITH RECURSIVE accounts AS (
         (SELECT account_id FROM fan_outs ORDER BY account_id LIMIT 1) UNION ALL
         SELECT following.account_id FROM accounts CROSS JOIN LATERAL (
           SELECT account_id FROM fan_outs WHERE account_id > accounts.account_id ORDER BY account_id LIMIT 1) AS following),
       due AS MATERIALIZED (
         SELECT oldest.id FROM (SELECT account_id FROM accounts WHERE account_id <> ALL($5::text[]) ORDER BY account_id <= $2, account_id) AS next CROSS JOIN LATERAL (
           SELECT id FROM fan_outs WHERE account_id = next.account_id AND due_at <= now() AND reader = ANY($6)
            ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) AS oldest
          LIMIT $3)
       UPDATE fan_outs SET lease_owner = $1, due_at = now() + $4 * interval '1 ms', claims = claims + 1 WHERE id IN (SELECT id FROM due)
       RETURNING id, account_id, region, reader, context, body, cursor, claims, failures,
                 (extract(epoch FROM ${CONFIRMED_NOW} - created_at) * 1000)::float8 AS age_ms`,
      [owner, after, limit, leaseMs, busy, readers],
    );
    return rows.map((row) => ({
      id: row.id,
      accountId: row.account_id,
      region: row.region,
      reader: row.reader,
      context: row.context,
      body: row.body,
      ...(row.cursor !== null && { cursor: row.cursor }),
      claims: row.claims,
      failures: row.failures,
      ageMs: Math.max(0, row.age_ms),
    }));
  }

  /**
   * Writes where the next chunk starts, in the transaction that writes the chunk; without `cursor` the fan-out is finished and its row is removed. The lease
   * goes on for `leaseMs`, or is given up. Resolves with false, and does nothing, when another process has taken the lease.
   */
  async advance(
    tx: Transaction,
    owner: string,
    { id, claims }: Pick<ClaimedFanOut, "id" | "claims">,
    cursor: FanOutCursor | undefined,
    leaseMs = 0,
  ): Promise<boolean> {
    const fence = [id, owner, claims];
    const rows =
      cursor === undefined
        ? await tx.prepared(
            "DELETE FROM fan_outs WHERE id = $1 AND lease_owner = $2 AND claims = $3 RETURNING 1",
            fence,
          )
        : await tx.prepared(
            `UPDATE fan_outs SET cursor = $4, lease_owner = CASE WHEN $5 > 0 THEN lease_owner END, due_at = now() + $5 * interval '1 ms', failures = 0
              WHERE id = $1 AND lease_owner = $2 AND claims = $3 RETURNING 1`,
            [...fence, JSON.stringify(cursor), leaseMs],
          );
    return rows.length > 0;
  }

  /** Makes a claimed fan-out wait for `delayMs` because its next chunk could not be written. */
  async putBack(
    owner: string,
    { id, claims }: Pick<ClaimedFanOut, "id" | "claims">,
    error: string,
    delayMs: number,
  ): Promise<void> {
    await this.#database.prepared(
      `UPDATE fan_outs SET lease_owner = NULL, due_at = now() + $5 * interval '1 ms', failures = failures + 1, last_error = $4
        WHERE id = $1 AND lease_owner = $2 AND claims = $3`,
      [id, owner, claims, storableText(error, ERROR_CHARACTERS), delayMs],
    );
  }

  /** In how many milliseconds the next fan-out is due; `undefined` when there is none. */
  async nextDueInMs(): Promise<number | undefined> {
    const [row] = await this.#database.prepared<{ ms: number | null }>(
      `SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS ms FROM fan_outs`,
    );
    return row?.ms ?? undefined;
  }

  /** Whether the account has at least `limit` fan-outs that are not finished. */
  async hasManyOf(accountId: string, limit: number): Promise<boolean> {
    const rows = await this.#database.prepared(
      "SELECT 1 FROM fan_outs WHERE account_id = $1 ORDER BY account_id, created_at, id OFFSET $2 LIMIT 1",
      [accountId, limit - 1],
    );
    return rows.length > 0;
  }

  async count(): Promise<number> {
    const [row] = await this.#database.prepared<{ count: number }>("SELECT count(*)::float8 AS count FROM fan_outs");
    return row?.count ?? 0;
  }
}
