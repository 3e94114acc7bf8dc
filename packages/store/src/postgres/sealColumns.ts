import { secretValueOf } from "../secrets/secret.ts";
import { parameterValueOf } from "../ssm/ssmParameter.ts";
import type { Transaction } from "./queryable.ts";

const BATCH = 200;

/** Seals the values of one batch of SecureStrings with the first key of the ring. Resolves with the number of rows. */
export async function sealSsmParameters(tx: Transaction, prefix: string): Promise<number> {
  const rows = await tx.query<{ accountId: string; region: string; Name: string; Version: bigint; sealed: string }>(
    `SELECT account_id AS "accountId", region, "Name", "Version", value AS sealed FROM ssm_parameter_versions
      WHERE "Type" = 'SecureString' AND NOT starts_with(value, $1) LIMIT ${BATCH} FOR UPDATE`,
    [prefix],
  );
  for (const row of rows) {
    const identity = parameterValueOf(row, row.Version);
    await tx.query(
      `UPDATE ssm_parameter_versions SET value = $5 WHERE account_id = $1 AND region = $2 AND "Name" = $3 AND "Version" = $4`,
      [row.accountId, row.region, row.Name, row.Version, tx.keys.seal(tx.keys.open(row.sealed, identity), identity)],
    );
  }
  return rows.length;
}

/** The same for the values of secrets. */
export async function sealSecretVersions(tx: Transaction, prefix: string): Promise<number> {
  const rows = await tx.query<{ accountId: string; region: string; Name: string; VersionId: string; sealed: string }>(
    `SELECT account_id AS "accountId", region, "Name", "VersionId", value AS sealed FROM secret_versions
      WHERE value IS NOT NULL AND NOT starts_with(value, $1) LIMIT ${BATCH} FOR UPDATE`,
    [prefix],
  );
  for (const row of rows) {
    const identity = secretValueOf(row, row.VersionId);
    await tx.query(
      `UPDATE secret_versions SET value = $5 WHERE account_id = $1 AND region = $2 AND "Name" = $3 AND "VersionId" = $4`,
      [row.accountId, row.region, row.Name, row.VersionId, tx.keys.seal(tx.keys.open(row.sealed, identity), identity)],
    );
  }
  return rows.length;
}
