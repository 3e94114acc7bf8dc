import { type Random } from "@hearth/kit";
import type { Database, Transaction } from "../postgres/database.ts";
import { recordFunctionChange } from "./functionChange.ts";
import type { FunctionKey } from "./functionRows.ts";

/** A version whose runtime is no longer the version that it should be. */
interface OutdatedRow {
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly number: bigint;
}

/**
 * Has versions that follow their runtime (`Auto`) activated anew where another version of it runs than the newest: `newest` by runtime identifiers, without one
 * where Hearth makes the images itself. At most `limit`; resolves with how many there were.
 */
export async function renewRuntimes(
  { database, random }: { readonly database: Database; readonly random: Random },
  newest: ReadonlyMap<string, string | undefined>,
  limit: number,
): Promise<number> {
  const rows = await database.prepared<OutdatedRow>(
    `SELECT v.account_id, v.region, v."FunctionName", v.number
       FROM unnest($1::text[], $2::text[]) AS n (runtime, version) JOIN function_versions v ON v.settings->>'Runtime' = n.runtime
      WHERE v.runtime_version IS DISTINCT FROM n.version AND v.activation IS NULL AND v."State" = 'Active' AND v."LastUpdateStatus" <> 'Failed'
        AND NOT EXISTS (SELECT 1 FROM runtime_management_configs m WHERE m.account_id = v.account_id AND m.region = v.region
                           AND m."FunctionName" = v."FunctionName" AND m.number = v.number AND m."UpdateRuntimeOn" <> 'Auto')
      LIMIT $3`,
    [[...newest.keys()], [...newest.values()].map((version) => version ?? null), limit],
  );
  for (const { account_id: accountId, number, ...row } of rows) {
    await database.transaction(async (tx) => {
      const key = { accountId, ...row };
      await lockFunction(tx, key);
      await wantRuntime(tx, key, number, random);
    });
  }
  return rows.length;
}

/** Locks the function against other writers. */
export async function lockFunction(tx: Transaction, key: FunctionKey): Promise<void> {
  await tx.prepared(
    `SELECT 1 FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 FOR UPDATE`,
    [key.accountId, key.region, key.FunctionName],
  );
}

/** Has a version activated anew that does not wait for an activation already: then its runtime is looked up again. Call it last in `tx`. */
export async function wantRuntime(tx: Transaction, key: FunctionKey, number: bigint, random: Random): Promise<void> {
  const wanted = await tx.prepared(
    `UPDATE function_versions SET activation = 'wanted', applied_seq = NULL, snapshot_id = $5
      WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4 AND activation IS NULL RETURNING 1`,
    [key.accountId, key.region, key.FunctionName, number, random.uuid()],
  );
  if (wanted.length > 0) await recordFunctionChange(tx, key);
}
