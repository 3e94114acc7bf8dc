import type { Clock } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import type { Connection, Queryable } from "../postgres/queryable.ts";
import { POOL_OF_ALL, poolHolder, PoolLease } from "./poolLease.ts";

/** How long the lease of an invoker holds after each renewal. */
export const LEASE_MS = 15_000;

/** "invoker" in ASCII: the key of the advisory lock of the one invoker. */
const INVOKER_LOCK = 0x696e766f6b6572n;

/** Another invoker holds the pools, and with them the concurrency counts. */
export class AnotherInvokerRuns extends Error {}

/**
 * An invoker's leases. Its row in `invokers` records up to which change its function index is correct; its pool lease records that it runs the
 * pool's environments. Both hold for `LEASE_MS` after each renewal.
 *
 * Current rule: one invoker holds the only pool, and a second one refuses to start. `lock` enforces this with an advisory lock. That lock ends with
 * its connection, so a starting invoker may take the pool of a dead one before the dead one's lease has ended.
 */
export class InvokerLease {
  readonly id: string;
  readonly #database: Database;
  readonly #description: string;
  readonly #lockPatienceMs: number;
  readonly #pool: PoolLease;

  /**
   * `description` identifies this invoker to the operator of a second one: a process id and a host. `lockPatienceMs` is how long a starting invoker
   * waits for another one that is stopping.
   */
  constructor(id: string, description: string, database: Database, lockPatienceMs = 5_000) {
    this.id = id;
    this.#description = description;
    this.#database = database;
    this.#lockPatienceMs = lockPatienceMs;
    this.#pool = new PoolLease(POOL_OF_ALL, id);
  }

  /** Renews the invoker's own lease, and acknowledges the changes up to `appliedSeq`. */
  async renew(appliedSeq: bigint): Promise<void> {
    await this.#database.prepared(
      `INSERT INTO invokers (id, description, applied_seq, lease_until) VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
       ON CONFLICT (id) DO UPDATE SET applied_seq = excluded.applied_seq, lease_until = excluded.lease_until`,
      [this.id, this.#description, appliedSeq, LEASE_MS],
    );
  }

  /** Renews the lease of the pool. Rejects with `AnotherInvokerRuns` when another invoker has taken it. */
  async renewPool(): Promise<void> {
    if (!(await this.#pool.renew(this.#database, LEASE_MS))) throw new AnotherInvokerRuns(await this.#refusal());
  }

  /** Ends the leases, and deletes the rows of invokers that stopped more than an hour ago. */
  async release(): Promise<void> {
    await this.#pool.release(this.#database);
    await this.#database.query(
      "DELETE FROM invokers WHERE id = $1 OR lease_until < clock_timestamp() - interval '1 hour'",
      [this.id],
    );
  }

  /** Name of the connection that holds the lock; this invoker uses it to find its own earlier connection. */
  get applicationName(): string {
    return `hearth-invoker ${this.id}`.slice(0, 63);
  }

  /** Takes the lock of the one invoker for as long as `connection` lives, and with it the pool. Rejects with `AnotherInvokerRuns`. */
  async lock(connection: Connection, clock: Clock): Promise<void> {
    // With TCP's default keepalive, the lock of a host that vanished would stay held for two hours.
    await connection.query(
      "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3",
    );
    const since = clock.monotonicMs();
    for (;;) {
      const [row] = await connection.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [
        INVOKER_LOCK,
      ]);
      if (row?.locked) return await this.#pool.take(connection, LEASE_MS);
      await connection.query(
        `SELECT pg_terminate_backend(activity.pid) FROM pg_locks JOIN pg_stat_activity activity USING (pid)
          WHERE locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = $1 AND objsubid = 1 AND activity.application_name = $2`,
        [INVOKER_LOCK, this.applicationName],
      );
      if (clock.monotonicMs() - since > this.#lockPatienceMs) throw new AnotherInvokerRuns(await this.#refusal());
      await clock.sleep(100);
    }
  }

  async #refusal(): Promise<string> {
    const holder = (await poolHolder(this.#database, this.#pool.pool)) ?? "one that has not said who it is";
    return `Another invoker (${holder}) runs with this database. A function's environments and its concurrency count have one owner, so only one invoker may run: stop the other one first.`;
  }
}

/** True when every invoker with a live lease has applied change `seq`. */
export async function isAcknowledged(database: Queryable, seq: bigint): Promise<boolean> {
  const rows = await database.prepared<{ lagging: bigint }>(
    "SELECT count(*) AS lagging FROM invokers WHERE lease_until > clock_timestamp() AND applied_seq < $1",
    [seq],
  );
  return rows[0]?.lagging === 0n;
}
