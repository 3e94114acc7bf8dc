import { OWNER_ACCOUNT } from "@hearth/model";
import type { ObjectName } from "./codeBucket.ts";

/** A bucket, or the part of it below a prefix, whose objects an account may take code from. */
export interface BucketGrant {
  readonly accountId: string;
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

/**
 * Which account may take code from which buckets. Hearth reads every bucket with the owner's credentials, so this limits the accounts: the owner's
 * account may use every bucket, any other account only the buckets granted to it.
 */
export class BucketGrants {
  readonly #grants: readonly BucketGrant[];

  constructor(grants: readonly BucketGrant[]) {
    this.#grants = grants;
  }

  /** A prefix covers whole path segments: `team-a` covers `team-a/x.zip` and not `team-ab/x.zip`. */
  allow(accountId: string, { Bucket, Key }: Pick<ObjectName, "Bucket" | "Key">): boolean {
    if (accountId === OWNER_ACCOUNT) return true;
    const covers = ({ bucket, prefix }: BucketGrant): boolean =>
      bucket === Bucket && (prefix === "" || (Key.startsWith(`${prefix}/`) && !leavesFolder(Key)));
    return this.#grants.some((grant) => grant.accountId === accountId && covers(grant));
  }
}

/** Some services resolve `..` and treat `\` as `/`; such a key could point outside its own prefix. */
function leavesFolder(key: string): boolean {
  return key.split(/[/\\]/).some((segment) => segment === "." || segment === "..");
}
