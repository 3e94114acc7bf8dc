import { recordFunctionChange } from "./functionChange.ts";
import type { Database } from "../postgres/database.ts";
import { type FunctionKey, functionNotFound } from "./functionRows.ts";

export interface RecursionConfigStoreDeps {
  readonly database: Database;
}

export type RecursiveLoop = "Allow" | "Terminate";

/** The action when a function calls itself in a loop: a column of `functions`. Both methods reject with ResourceNotFoundException. */
export class RecursionConfigStore {
  readonly #deps: RecursionConfigStoreDeps;

  constructor(deps: RecursionConfigStoreDeps) {
    this.#deps = deps;
  }

  async get(key: FunctionKey): Promise<RecursiveLoop> {
    const [row] = await this.#deps.database.prepared<{ RecursiveLoop: RecursiveLoop }>(
      `SELECT "RecursiveLoop" FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
      [key.accountId, key.region, key.FunctionName],
    );
    if (!row) throw functionNotFound(key);
    return row.RecursiveLoop;
  }

  /** Records the write in the change log. */
  async put(key: FunctionKey, loop: RecursiveLoop): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const updated = await tx.prepared(
        `UPDATE functions SET "RecursiveLoop" = $4 WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, loop],
      );
      if (updated.length === 0) throw functionNotFound(key);
      await recordFunctionChange(tx, key);
    });
  }
}
