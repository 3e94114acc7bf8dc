import type { Clock } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import type { Queryable } from "../postgres/queryable.ts";

/** How long an invoker's promise to follow the change log lasts. */
export const LEASE_MS = 15_000;

/** "invoker" in ASCII. Whoever holds this advisory lock owns the pools. */
const INVOKER_LOCK = 0x696e766f6b6572n;

/** Another invoker owns the pools, and with them the concurrency counts. */
export class AnotherInvokerRuns extends Error {}

/** The row in which one invoker says up to which change its index is right, and until when that promise holds. */
export class InvokerLease {
  readonly id: string;
  readonly #database: Database;
  readonly #description: string;
  readonly #lockPatienceMs: number;

  /**
   * `description` is shown to the operator of a second invoker: a process id and a host. `lockPatienceMs` is how long a starting invoker waits
   * for one that is just going away.
   */
  constructor(id: string, description: string, database: Database, lockPatienceMs = 5_000) {
    this.#lockPatienceMs = lockPatienceMs;
    this.id = id;
    this.#description = description;
    this.#database = database;
  }

  /** Promises to follow for another `LEASE_MS`, and says that changes up to `appliedSeq` are applied. */
  async renew(appliedSeq: bigint): Promise<void> {
    await this.#database.prepared(
      `INSERT INTO invokers (id, description, applied_seq, lease_until) VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
       ON CONFLICT (id) DO UPDATE SET applied_seq = excluded.applied_seq, lease_until = excluded.lease_until`,
      [this.id, this.#description, appliedSeq, LEASE_MS],
    );
  }

  /** Gives the lease up and forgets invokers that have been gone for long. */
  async release(): Promise<void> {
    await this.#database.query(
      "DELETE FROM invokers WHERE id = $1 OR lease_until < clock_timestamp() - interval '1 hour'",
      [this.id],
    );
  }

  /** Name of the connection that holds the lock, by which this invoker knows an old connection of its own again. */
  get applicationName(): string {
    return `hearth-invoker ${this.id}`.slice(0, 63);
  }

  /** Takes the lock that only one invoker has, for as long as `connection` lives. Rejects with `AnotherInvokerRuns`. */
  async lock(connection: Queryable, clock: Clock): Promise<void> {
    // A host that vanished must not keep the lock for the two hours that are TCP's default.
    await connection.query(
      "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3",
    );
    const since = clock.monotonicMs();
    for (;;) {
      const [row] = await connection.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [
        INVOKER_LOCK,
      ]);
      if (row?.locked) return;
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
    const rows = await this.#database.query<{ description: string }>(
      "SELECT description FROM invokers WHERE lease_until > clock_timestamp()",
    );
    const who = rows.map((row) => row.description).join(", ") || "one that has not said who it is";
    return `Another invoker (${who}) runs with this database. A function's environments and its concurrency count have one owner, so only one invoker may run: stop the other one first.`;
  }
}

/** True when every invoker whose lease holds has applied change `seq`. */
export async function isAcknowledged(database: Queryable, seq: bigint): Promise<boolean> {
  const rows = await database.prepared<{ lagging: bigint }>(
    "SELECT count(*) AS lagging FROM invokers WHERE lease_until > clock_timestamp() AND applied_seq < $1",
    [seq],
  );
  return rows[0]?.lagging === 0n;
}
