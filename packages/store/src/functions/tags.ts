import { InvalidParameterValueException, MAX_TAGS } from "@hearth/model";
import type { Random } from "@hearth/kit";
import type { Database, Queryable } from "../postgres/database.ts";
import { type FunctionKey, functionNotFound, lockLatest, writeRevision } from "./functionRows.ts";

export type Tags = Readonly<Record<string, string>>;

export interface TagStoreDeps {
  readonly database: Database;
  readonly random: Random;
}

/** Tags of functions. A change of them gives the function a new revision. Every method rejects with ResourceNotFoundException when the function does not exist. */
export class TagStore {
  readonly #deps: TagStoreDeps;

  constructor(deps: TagStoreDeps) {
    this.#deps = deps;
  }

  /** Ordered by key. */
  async list(key: FunctionKey): Promise<Tags> {
    const [row] = await this.#deps.database.prepared<{ tags: Tags | null }>(
      `SELECT (SELECT json_object_agg("Key", "Value" ORDER BY "Key") FROM function_tags t
                WHERE t.account_id = f.account_id AND t.region = f.region AND t."FunctionName" = f."FunctionName") AS tags
         FROM functions f WHERE f.account_id = $1 AND f.region = $2 AND f."FunctionName" = $3`,
      [key.accountId, key.region, key.FunctionName],
    );
    if (!row) throw functionNotFound(key);
    return row.tags ?? {};
  }

  /** Adds tags; an existing tag gets the new value. Rejects with InvalidParameterValueException when there would be more than 50. */
  async put(key: FunctionKey, tags: Tags): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      if (!(await lockLatest(tx, key))) throw functionNotFound(key);
      await writeTags(tx, key, tags);
      const [row] = await tx.prepared<{ count: bigint }>(
        `SELECT count(*) FROM function_tags WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
        [key.accountId, key.region, key.FunctionName],
      );
      if ((row?.count ?? 0n) > MAX_TAGS)
        throw new InvalidParameterValueException("Number of tags exceeds resource tag limit.");
      await writeRevision(tx, key, 0n, this.#deps.random.uuid());
    });
  }

  async remove(key: FunctionKey, keys: readonly string[]): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      if (!(await lockLatest(tx, key))) throw functionNotFound(key);
      const removed = await tx.prepared(
        `DELETE FROM function_tags WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Key" = ANY($4) RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, keys],
      );
      if (removed.length > 0) await writeRevision(tx, key, 0n, this.#deps.random.uuid());
    });
  }
}

/** Writes tags of a function that exists or is created in the same transaction. */
export async function writeTags(
  tx: Queryable,
  { accountId, region, FunctionName }: FunctionKey,
  tags: Tags,
): Promise<void> {
  await tx.prepared(
    `INSERT INTO function_tags (account_id, region, "FunctionName", "Key", "Value") SELECT $1, $2, $3, key, value FROM json_each_text($4)
     ON CONFLICT (account_id, region, "FunctionName", "Key") DO UPDATE SET "Value" = excluded."Value"`,
    [accountId, region, FunctionName, JSON.stringify(tags)],
  );
}
