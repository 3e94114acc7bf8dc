import { CodeStorageExceededException, DEFAULT_ACCOUNT_LIMITS } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

export interface CodeStorageDeps {
  /** Bytes of all archives of all versions of functions and layers of one account; AWS's default unless told. */
  readonly codeBytesLimit?: number;
  /** Functions of one account. Default: no limit. */
  readonly functionsLimit?: number;
}

/** Bytes of all archives of all versions of functions, `$LATEST` included, and of layers. */
export async function codeBytesOf(database: Queryable, accountId: string): Promise<number> {
  const [row] = await database.prepared<{ size: bigint }>(
    `SELECT ((SELECT coalesce(sum("CodeSize"), 0) FROM function_versions WHERE account_id = $1)
             + (SELECT coalesce(sum("CodeSize"), 0) FROM layer_versions WHERE account_id = $1))::bigint AS size`,
    [accountId],
  );
  return Number(row?.size ?? 0n);
}

/** The digests of every archive that a version of a function or layer runs, is to run, or was published with. */
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
 * Takes room for `addedBytes` more in what an account may store, until `tx` ends: one such write of an account at a time. Call it after rows were locked.
 * Rejects with CodeStorageExceededException. What takes no more room than before is never refused.
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

/** Call it after the function's row was inserted. Rejects with CodeStorageExceededException when the account has one function too many. */
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
