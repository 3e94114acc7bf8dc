import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { setPolicy } from "../policies.ts";
import * as words from "../words.ts";

const MAX_POLICY_BYTES = 20_480;

export const putResourcePolicy = operation({
  name: "PutResourcePolicy",
  input: structure({ ResourceARN: words.ResourceARN, Policy: text() }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle({ ResourceARN, Policy }, context, deps: Pick<KinesisDeps, "streams">) {
    if (Buffer.byteLength(Policy) > MAX_POLICY_BYTES) {
      throw new InvalidArgumentException(`The policy is larger than ${MAX_POLICY_BYTES} bytes.`);
    }
    checkDocument(Policy);
    await setPolicy(deps, context, ResourceARN, Policy);
    return undefined;
  },
});

function checkDocument(policy: string): void {
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    throw new InvalidArgumentException("The policy is not valid JSON.");
  }
  if (typeof document !== "object" || document === null || !("Statement" in document)) {
    throw new InvalidArgumentException("The policy has no Statement.");
  }
}
