import type { Queryable } from "../postgres/queryable.ts";
import { versionNumber } from "./functionRecord.ts";
import type { FunctionKey } from "./functionRows.ts";

/** The target of a qualifier: a version, by its number (0 for `$LATEST`), or an alias. */
export interface Qualified {
  readonly number: bigint | null;
  readonly alias: string | null;
}

/** Looks up the version or alias; `undefined` when the function does not have it. */
export async function findQualified(
  database: Queryable,
  key: FunctionKey,
  Qualifier: string,
): Promise<Qualified | undefined> {
  const number = versionNumber(Qualifier);
  const found =
    number === undefined
      ? await database.prepared(
          `SELECT 1 FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4`,
          [key.accountId, key.region, key.FunctionName, Qualifier],
        )
      : await database.prepared(
          `SELECT 1 FROM function_versions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4`,
          [key.accountId, key.region, key.FunctionName, number],
        );
  if (found.length === 0) return undefined;
  return number === undefined ? { number: null, alias: Qualifier } : { number, alias: null };
}
