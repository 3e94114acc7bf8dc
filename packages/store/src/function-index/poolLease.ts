import type { Connection } from "../postgres/queryable.ts";

/** The pool that holds the environments of all functions; the only one today. */
export const POOL_OF_ALL = "all";

/**
 * An invoker's lease of one pool of environments. The holder runs the pool's environments and counts their concurrent executions in its memory. The
 * fence distinguishes it from every earlier holder, including the same invoker's process before a restart.
 */
export class PoolLease {
  readonly pool: string;
  readonly #owner: string;
  #fence = 0n;

  /** `owner` is the invoker's id. */
  constructor(pool: string, owner: string) {
    this.pool = pool;
    this.#owner = owner;
  }

  /**
   * Takes the pool from any holder: the caller must have made sure that another holder no longer runs. When this lease already holds the pool,
   * renews it and keeps the fence.
   */
  async take(database: Connection, leaseMs: number): Promise<void> {
    const [row] = await database.prepared<{ fence: bigint }>(
      `INSERT INTO pool_leases (pool, owner, fence, lease_until) VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms')
       ON CONFLICT (pool) DO UPDATE
          SET owner = excluded.owner, lease_until = excluded.lease_until,
              fence = CASE WHEN pool_leases.owner = $2 AND pool_leases.fence = $4 THEN $4 ELSE pool_leases.fence + 1 END
       RETURNING fence`,
      [this.pool, this.#owner, leaseMs, this.#fence],
    );
    if (row) this.#fence = row.fence;
  }

  /** Holds the pool for another `leaseMs`. Resolves with false when another invoker, or another process of this one, has taken it. */
  async renew(database: Connection, leaseMs: number): Promise<boolean> {
    const fence = this.#fence;
    const held = await database.prepared(
      `UPDATE pool_leases SET lease_until = clock_timestamp() + $4 * interval '1 ms'
        WHERE pool = $1 AND owner = $2 AND fence = $3 RETURNING 1`,
      [this.pool, this.#owner, fence, leaseMs],
    );
    // After a lost connection `take` may have got a new fence while this statement ran.
    return held.length > 0 || fence !== this.#fence;
  }

  /** Ends the lease. The row stays, so that the fence keeps growing. */
  async release(database: Connection): Promise<void> {
    await database.prepared(
      "UPDATE pool_leases SET lease_until = clock_timestamp() WHERE pool = $1 AND owner = $2 AND fence = $3",
      [this.pool, this.#owner, this.#fence],
    );
  }
}

/** The description of the invoker whose lease of `pool` has not ended. */
export async function poolHolder(database: Connection, pool: string): Promise<string | undefined> {
  const [row] = await database.prepared<{ description: string }>(
    `SELECT invokers.description FROM pool_leases JOIN invokers ON invokers.id = pool_leases.owner
      WHERE pool_leases.pool = $1 AND pool_leases.lease_until > clock_timestamp()`,
    [pool],
  );
  return row?.description;
}
