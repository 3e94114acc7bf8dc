import { InvalidParameterValueException, LATEST, MIN_UNRESERVED_CONCURRENCY } from "@hearth/model";
import { recordFunctionChange } from "./functionChange.ts";
import type { Database, Queryable } from "../postgres/database.ts";
import { type FunctionKey, functionNotFound } from "./functionRows.ts";
import { lockReservations, provisionedOf } from "./provisionedConcurrency.ts";

export interface ConcurrencyStoreDeps {
  readonly database: Database;
}

/** Reserved concurrency: a column of `functions`. `get`, `put` and `delete` reject with ResourceNotFoundException. */
export class ConcurrencyStore {
  readonly #deps: ConcurrencyStoreDeps;

  constructor(deps: ConcurrencyStoreDeps) {
    this.#deps = deps;
  }

  async get(key: FunctionKey): Promise<number | undefined> {
    const [row] = await this.#deps.database.prepared<{ ReservedConcurrentExecutions: number | null }>(
      `SELECT "ReservedConcurrentExecutions" FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
      [key.accountId, key.region, key.FunctionName],
    );
    if (!row) throw functionNotFound(key);
    return row.ReservedConcurrentExecutions ?? undefined;
  }

  /**
   * Rejects with InvalidParameterValueException when fewer than 100 of `accountLimit` would stay unreserved, or when `reserved` is less than the
   * function's provisioned concurrency.
   */
  async put(key: FunctionKey, reserved: number, accountLimit: number): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      await lockReservations(tx, key.accountId);
      const updated = await tx.prepared(
        `UPDATE functions SET "ReservedConcurrentExecutions" = $4 WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, reserved],
      );
      if (updated.length === 0) throw functionNotFound(key, LATEST);
      const provisioned = await provisionedOf(tx, key);
      if (reserved < provisioned) {
        throw new InvalidParameterValueException(
          ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${provisioned}].`,
          { withType: false },
        );
      }
      if (reserved > 0 && accountLimit - (await sumOf(tx, key.accountId)) < MIN_UNRESERVED_CONCURRENCY) {
        throw new InvalidParameterValueException(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_CONCURRENCY}].`,
          { withType: false },
        );
      }
      await recordFunctionChange(tx, key);
    });
  }

  async delete(key: FunctionKey): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const updated = await tx.prepared(
        `UPDATE functions SET "ReservedConcurrentExecutions" = NULL WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName],
      );
      if (updated.length === 0) throw functionNotFound(key);
      await recordFunctionChange(tx, key);
    });
  }

  /**
   * The concurrency set aside for an account's functions, in all its regions: the reservation of each function, or else its provisioned
   * concurrency.
   */
  reserved(accountId: string): Promise<number> {
    return sumOf(this.#deps.database, accountId);
  }

  /** The same sum for each account that has any. */
  async reservedTotals(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#deps.database.prepared<{ account_id: string; total: bigint }>(
      `SELECT account_id, sum(own)::bigint AS total FROM (${OWN}) owns WHERE own IS NOT NULL GROUP BY account_id`,
    );
    return new Map(rows.map((row) => [row.account_id, Number(row.total)]));
  }
}

const OWN = `SELECT f.account_id, coalesce(f."ReservedConcurrentExecutions", p.requested) AS own FROM functions f
  LEFT JOIN (SELECT account_id, region, "FunctionName", sum(requested) AS requested FROM provisioned_concurrency GROUP BY 1, 2, 3) p
       USING (account_id, region, "FunctionName")`;

async function sumOf(database: Queryable, accountId: string): Promise<number> {
  const [row] = await database.prepared<{ total: bigint }>(
    `SELECT coalesce(sum(own), 0)::bigint AS total FROM (${OWN} WHERE f.account_id = $1) owns`,
    [accountId],
  );
  return Number(row?.total ?? 0n);
}
