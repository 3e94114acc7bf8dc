import { createHash } from "node:crypto";

/** Changes with the text of a policy. */
export function revisionOf(policy: string): string {
  return String(createHash("sha256").update(policy).digest().readUIntBE(0, 6));
}
