import type { Queryable } from "../postgres/queryable.ts";

const SECOND_MS = 1_000;
/** Uses that may come at once unless a caller asks for more, as time: a tenth of a second's. */
const BURST_MS = 100;

/** Counts uses of targets that have a limit per second, for all processes together. */
export class OutboundRateStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** Takes one use; `atOnce` uses may come one after the other. Resolves with 0, or with the milliseconds until the next one is free when `perSecond` does not allow one now. */
  async take(key: string, perSecond: number, atOnce = 1): Promise<number> {
    const stepMs = SECOND_MS / perSecond;
    const taken = await this.#database.prepared(
      `INSERT INTO outbound_rates AS r (key, next_at) VALUES ($1, now() + ($2::float - $3::float) * interval '1 ms')
       ON CONFLICT (key) DO UPDATE SET next_at = greatest(r.next_at, now() - $3::float * interval '1 ms') + $2::float * interval '1 ms'
        WHERE r.next_at <= now() - $2::float * interval '1 ms' RETURNING 1`,
      [key, stepMs, Math.max(BURST_MS, stepMs * atOnce)],
    );
    if (taken.length > 0) return 0;
    const [row] = await this.#database.prepared<{ ms: number }>(
      "SELECT extract(epoch FROM next_at - now()) * 1000 + $2::float AS ms FROM outbound_rates WHERE key = $1",
      [key, stepMs],
    );
    return Math.max(1, Math.ceil(Number(row?.ms ?? 1)));
  }

  /** Deletes at most `limit` rows that mean nothing any more: uses that may come at once are an hour's at most. Resolves with their number. */
  async forget(limit: number): Promise<number> {
    const rows = await this.#database.prepared(
      "DELETE FROM outbound_rates WHERE key IN (SELECT key FROM outbound_rates WHERE next_at < now() - interval '1 hour' LIMIT $1) RETURNING 1",
      [limit],
    );
    return rows.length;
  }
}
