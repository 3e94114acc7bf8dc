import { CodeStorageExceededException, DEFAULT_ACCOUNT_LIMITS } from "@hearth/model";
import type { Queryable, Transaction } from "./queryable.ts";

export interface CodeStorageDeps {
  /** Bytes of all archives of all versions of functions and layers of one account; AWS's default unless told. */
  readonly codeBytesLimit?: number;
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
