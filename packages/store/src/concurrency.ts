import { InvalidParameterValueException, MIN_UNRESERVED_CONCURRENCY } from "@hearth/model";
import { recordChange } from "./changeLog.ts";
import type { Database } from "./database.ts";
import { type FunctionKey, functionNotFound } from "./functionRows.ts";

export interface ConcurrencyStoreDeps {
  readonly database: Database;
  readonly region: string;
}

/** Reserved concurrency: a column of `functions`. Every method but `reserved` rejects with ResourceNotFoundException. */
export class ConcurrencyStore {
  readonly #deps: ConcurrencyStoreDeps;

  constructor(deps: ConcurrencyStoreDeps) {
    this.#deps = deps;
  }

  async get(key: FunctionKey): Promise<number | undefined> {
    const [row] = await this.#deps.database.prepared<{ ReservedConcurrentExecutions: number | null }>(
      `SELECT "ReservedConcurrentExecutions" FROM functions WHERE account_id = $1 AND "FunctionName" = $2`,
      [key.accountId, key.FunctionName],
    );
    if (!row) throw functionNotFound(this.#deps.region, key);
    return row.ReservedConcurrentExecutions ?? undefined;
  }

  /** Rejects with InvalidParameterValueException when fewer than 100 of `accountLimit` would stay unreserved. */
  async put(key: FunctionKey, reserved: number, accountLimit: number): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      // One reservation of an account at a time: the sum is over other rows than the one that is written.
      await tx.prepared("SELECT pg_advisory_xact_lock(hashtextextended('reserved:' || $1::text, 0))", [key.accountId]);
      const updated = await tx.prepared(
        `UPDATE functions SET "ReservedConcurrentExecutions" = $3 WHERE account_id = $1 AND "FunctionName" = $2 RETURNING 1`,
        [key.accountId, key.FunctionName, reserved],
      );
      if (updated.length === 0) throw functionNotFound(this.#deps.region, key);
      const [row] = await tx.prepared<{ total: bigint }>(
        `SELECT coalesce(sum("ReservedConcurrentExecutions"), 0)::bigint AS total FROM functions WHERE account_id = $1`,
        [key.accountId],
      );
      if (reserved > 0 && accountLimit - Number(row?.total ?? 0n) < MIN_UNRESERVED_CONCURRENCY) {
        throw new InvalidParameterValueException(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_CONCURRENCY}].`,
        );
      }
      await recordChange(tx, key.accountId, key.FunctionName);
    });
  }

  async delete(key: FunctionKey): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const updated = await tx.prepared(
        `UPDATE functions SET "ReservedConcurrentExecutions" = NULL WHERE account_id = $1 AND "FunctionName" = $2 RETURNING 1`,
        [key.accountId, key.FunctionName],
      );
      if (updated.length === 0) throw functionNotFound(this.#deps.region, key);
      await recordChange(tx, key.accountId, key.FunctionName);
    });
  }

  /** The sum of an account's reservations. */
  async reserved(accountId: string): Promise<number> {
    const [row] = await this.#deps.database.prepared<{ total: bigint }>(
      `SELECT coalesce(sum("ReservedConcurrentExecutions"), 0)::bigint AS total FROM functions WHERE account_id = $1`,
      [accountId],
    );
    return Number(row?.total ?? 0n);
  }

  /** The sum of the reservations of each account that has any. */
  async reservedTotals(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#deps.database.prepared<{ account_id: string; total: bigint }>(
      `SELECT account_id, sum("ReservedConcurrentExecutions")::bigint AS total FROM functions
        WHERE "ReservedConcurrentExecutions" IS NOT NULL GROUP BY account_id`,
    );
    return new Map(rows.map((row) => [row.account_id, Number(row.total)]));
  }
}
