import { CodeStorageExceededException, DEFAULT_ACCOUNT_LIMITS } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

export interface CodeStorageDeps {
  /** Limit for the bytes of all archives of all function and layer versions of one account. Default: AWS's limit. */
  readonly codeBytesLimit?: number;
  /** Limit for the number of functions of one account. Default: no limit. */
  readonly functionsLimit?: number;
}

/** Bytes of all archives of all versions of functions, including `$LATEST`, and of layers. */
export async function codeBytesOf(database: Queryable, accountId: string): Promise<number> {
  const [row] = await database.prepared<{ size: bigint }>(
    `SELECT ((SELECT coalesce(sum("CodeSize"), 0) FROM function_versions WHERE account_id = $1)
             + (SELECT coalesce(sum("CodeSize"), 0) FROM layer_versions WHERE account_id = $1))::bigint AS size`,
    [accountId],
  );
  return Number(row?.size ?? 0n);
}

/** The digests of every archive that a function or layer version runs, will run, or was published with. */
export async function codeInUse(database: Queryable): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ digest: string }>(
    `SELECT code_digest AS digest FROM layer_versions
     UNION SELECT code_digest FROM function_versions
     UNION SELECT active_snapshot ->> 'codeDigest' FROM function_versions WHERE number = 0 AND active_snapshot IS NOT NULL
     UNION SELECT json_array_elements_text(active_snapshot -> 'layerDigests') FROM function_versions WHERE number = 0 AND active_snapshot IS NOT NULL
     UNION SELECT json_array_elements(settings -> 'Layers') ->> 'digest' FROM function_versions WHERE settings -> 'Layers' IS NOT NULL`,
  );
  return new Set(rows.map(({ digest }) => digest));
}

/**
 * Reserves `addedBytes` more of an account's code storage until `tx` ends; writes of the same account that need more storage wait for each other.
 * Call it after rows were locked. Rejects with CodeStorageExceededException. Never refuses a write that needs no additional storage.
 */
export async function claimCodeStorage(
  tx: Transaction,
  accountId: string,
  addedBytes: number,
  { codeBytesLimit = DEFAULT_ACCOUNT_LIMITS.TotalCodeSize }: CodeStorageDeps,
): Promise<void> {
  if (addedBytes <= 0) return;
  await tx.prepared("SELECT pg_advisory_xact_lock(hashtextextended('code:' || $1::text, 0))", [accountId]);
  if ((await codeBytesOf(tx, accountId)) + addedBytes > codeBytesLimit) {
    throw new CodeStorageExceededException("Code storage limit exceeded.");
  }
}

/** Call it after inserting the function's row. Rejects with CodeStorageExceededException when the account now has too many functions. */
export async function claimFunction(
  tx: Transaction,
  accountId: string,
  { functionsLimit }: CodeStorageDeps,
): Promise<void> {
  if (functionsLimit === undefined) return;
  await tx.prepared("SELECT pg_advisory_xact_lock(hashtextextended('code:' || $1::text, 0))", [accountId]);
  const [row] = await tx.prepared<{ count: bigint }>("SELECT count(*) AS count FROM functions WHERE account_id = $1", [
    accountId,
  ]);
  if (Number(row?.count ?? 0n) > functionsLimit) {
    throw new CodeStorageExceededException(`The account may have ${functionsLimit} functions.`);
  }
}
