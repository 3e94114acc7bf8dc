import type { AccountRegion } from "@hearth/model";
import type { SecretKey, SecretRecord, Transaction } from "@hearth/store";
import type { SecretsDeps } from "./deps.ts";
import { isMarkedForDeletion, noSecret } from "./errors.ts";
import { secretKey } from "./secretArn.ts";

/** The secret that a request names. Rejects with AWS's error when there is none. One that is marked for deletion counts unless `mayBeDeleted`. */
export async function findSecret(
  { secrets }: Pick<SecretsDeps, "secrets">,
  where: AccountRegion,
  SecretId: string,
  mayBeDeleted = false,
): Promise<SecretRecord> {
  return checked(await secrets.find(secretKey(where, SecretId)), mayBeDeleted);
}

/** The same, and locks it until the transaction ends. */
export async function lockSecret(
  { secrets }: Pick<SecretsDeps, "secrets">,
  tx: Transaction,
  key: SecretKey,
  mayBeDeleted = false,
): Promise<SecretRecord> {
  return checked(await secrets.lock(tx, key), mayBeDeleted);
}

function checked(secret: SecretRecord | undefined, mayBeDeleted: boolean): SecretRecord {
  if (!secret) throw noSecret();
  if (secret.deletedMs !== null && !mayBeDeleted) throw isMarkedForDeletion();
  return secret;
}
