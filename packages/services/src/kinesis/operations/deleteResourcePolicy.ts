import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { policyOf, setPolicy } from "../policies.ts";
import * as words from "../words.ts";

export const deleteResourcePolicy = operation({
  name: "DeleteResourcePolicy",
  input: structure({ ResourceARN: words.ResourceARN }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle({ ResourceARN }, context, deps: Pick<KinesisDeps, "streams">) {
    if ((await policyOf(deps, context, ResourceARN)) === null) {
      throw new ResourceNotFoundException(`No policy is attached to ${ResourceARN}.`);
    }
    await setPolicy(deps, context, ResourceARN, null);
    return undefined;
  },
});
