import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

export interface TimerKey extends AccountRegion {
  /** Who knows what is to be done when it is due, such as `schedule`. */
  readonly owner: string;
  /** The owner's own key. */
  readonly name: string;
}

/** Times in milliseconds since the epoch. */
export interface TimerPlan {
  /** The occurrence. */
  readonly scheduledMs: number;
  /** When it is to be acted on: then, or later. */
  readonly dueMs: number;
}

/** A timer that is due, claimed for a while. */
export interface DueTimer extends TimerKey {
  readonly id: string;
  /** The fence: only the claim with the present number may settle it. */
  readonly claims: number;
  readonly scheduledMs: number;
  /** The last occurrence that was acted on. */
  readonly lastMs: number | null;
  /** The clock was set back since the next occurrence was found: if it is in the future now, it must be found anew. */
  readonly replan: boolean;
  /** PostgreSQL's time at the claim. */
  readonly nowMs: number;
}

/** What follows for a timer: its next occurrence, or none, and it is removed. */
export interface TimerSettlement {
  readonly id: string;
  readonly next: TimerPlan | undefined;
  /** The occurrence that was acted on, if one was. */
  readonly lastMs: number | null;
}

const time = (parameter: string): string => `to_timestamp(${parameter} / 1000.0)`;

/** The table of timers. */
export class TimerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Sets a timer, or sets it anew. Call `TimerChanges.changed` after the commit. */
  async set(tx: Queryable, { owner, accountId, region, name }: TimerKey, plan: TimerPlan): Promise<void> {
    await tx.prepared(
      `INSERT INTO timers (owner, account_id, region, name, scheduled_at, due_at) VALUES ($1, $2, $3, $4, ${time("$5::float8")}, ${time("$6::float8")})
       ON CONFLICT (owner, account_id, region, name) DO UPDATE
         SET scheduled_at = excluded.scheduled_at, due_at = excluded.due_at, claims = timers.claims + 1, settled_at = clock_timestamp(), replan = false`,
      [owner, accountId, region, name, plan.scheduledMs, plan.dueMs],
    );
  }

  async remove(tx: Queryable, { owner, accountId, region, name }: TimerKey): Promise<void> {
    await tx.prepared("DELETE FROM timers WHERE owner = $1 AND account_id = $2 AND region = $3 AND name = $4", [
      owner,
      accountId,
      region,
      name,
    ]);
  }

  /** Removes all timers of an owner whose names start with `prefix`. */
  async removeAll(tx: Queryable, { owner, accountId, region, name }: TimerKey): Promise<void> {
    await tx.query(
      "DELETE FROM timers WHERE owner = $1 AND account_id = $2 AND region = $3 AND starts_with(name, $4)",
      [owner, accountId, region, name],
    );
  }

  /** Takes up to `limit` due timers, the earliest first, for `leaseMs`. */
  async claim(limit: number, leaseMs: number): Promise<readonly DueTimer[]> {
    return await this.#database.prepared<DueTimer>(
      `WITH due AS MATERIALIZED (
         SELECT id FROM timers WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       UPDATE timers SET due_at = clock_timestamp() + $2 * interval '1 ms', claims = claims + 1, settled_at = clock_timestamp()
         FROM due WHERE timers.id = due.id
       RETURNING timers.id::text, owner, account_id AS "accountId", region, name, claims, replan,
         (extract(epoch FROM scheduled_at) * 1000)::float8 AS "scheduledMs", (extract(epoch FROM last_at) * 1000)::float8 AS "lastMs",
         (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"`,
      [limit, leaseMs],
    );
  }

  /** How long until the next timer is due; undefined when there is none. */
  async nextDueInMs(): Promise<number | undefined> {
    const [row] = await this.#database.prepared<{ ms: number | null }>(
      "SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS ms FROM timers",
    );
    return row?.ms ?? undefined;
  }

  /** Locks the claimed timers; resolves with the ids of those that were not changed, removed or claimed by another process meanwhile. */
  async lock(tx: Transaction, claimed: readonly DueTimer[]): Promise<ReadonlySet<string>> {
    const rows = await tx.prepared<{ id: string }>(
      `SELECT timers.id::text FROM timers JOIN unnest($1::bigint[], $2::integer[]) AS mine (id, claims) ON mine.id = timers.id AND mine.claims = timers.claims
        ORDER BY timers.id FOR UPDATE OF timers`,
      [claimed.map(({ id }) => id), claimed.map(({ claims }) => claims)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Writes what follows for timers that are locked. */
  async settle(tx: Transaction, settlements: readonly TimerSettlement[]): Promise<void> {
    const ended = settlements.filter(({ next }) => next === undefined);
    const going = settlements.filter(({ next }) => next !== undefined);
    if (ended.length > 0)
      await tx.prepared("DELETE FROM timers WHERE id = ANY ($1::bigint[])", [ended.map(({ id }) => id)]);
    if (going.length === 0) return;
    await tx.prepared(
      `UPDATE timers SET scheduled_at = ${time("new.scheduled")}, due_at = ${time("new.due")}, last_at = coalesce(${time("new.last")}, last_at),
              settled_at = clock_timestamp(), replan = false, claims = timers.claims + 1
         FROM unnest($1::bigint[], $2::float8[], $3::float8[], $4::float8[]) AS new (id, scheduled, due, last) WHERE timers.id = new.id`,
      [
        going.map(({ id }) => id),
        going.map(({ next }) => next?.scheduledMs),
        going.map(({ next }) => next?.dueMs),
        going.map(({ lastMs }) => lastMs),
      ],
    );
  }
}
