import { createHash } from "node:crypto";
import { type AccountRegion, arn } from "@hearth/model";
import type { SecretKey } from "@hearth/store";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/**
 * The six characters after a secret's name. AWS draws them, so that a secret that is created again has another ARN; here they follow from the name, so that
 * permissions for a secret that is called by its name can be asked for without a look at the database.
 */
function suffixOf({ accountId, region, Name }: SecretKey): string {
  const hash = createHash("sha256").update([accountId, region, Name].join("\n")).digest();
  return Array.from(hash.subarray(0, 6), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

export function secretArn(key: SecretKey): string {
  const { accountId, region, Name } = key;
  return arn({ service: "secretsmanager", region, accountId, resource: `secret:${Name}-${suffixOf(key)}` });
}

/** The secret that a request names, by its name, its ARN, or its ARN without the last characters. */
export function secretKey({ accountId, region }: AccountRegion, SecretId: string): SecretKey {
  const [prefix, , service, itsRegion = "", itsAccount = "", type, ...rest] = SecretId.split(":");
  if (prefix !== "arn" || service !== "secretsmanager" || type !== "secret")
    return { accountId, region, Name: SecretId };
  const text = rest.join(":");
  const without = { accountId: itsAccount, region: itsRegion, Name: text.replace(SUFFIX, "") };
  return secretArn(without) === SecretId ? without : { ...without, Name: text };
}
