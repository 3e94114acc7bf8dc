import { ValidationException } from "@hearth/model";

const MAX_POLICY_BYTES = 20_480;

/** Throws AWS's error for a text that is no policy. */
export function checkPolicy(policy: string): void {
  if (Buffer.byteLength(policy) > MAX_POLICY_BYTES) {
    throw new ValidationException(`Resource-based policy size exceeded: the limit is ${MAX_POLICY_BYTES} bytes`);
  }
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    throw new ValidationException("Resource-based policy is not valid JSON");
  }
  if (typeof document !== "object" || document === null || !("Statement" in document)) {
    throw new ValidationException("Resource-based policy has no Statement");
  }
}
