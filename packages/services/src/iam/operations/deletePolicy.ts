import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { DeleteConflict, InvalidInput, NoSuchEntity, policyNotFound } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import * as words from "../words.ts";

export const deletePolicy = operation({
  name: "DeletePolicy",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity, DeleteConflict, InvalidInput],
  async handle({ PolicyArn }, context, { policies }: Pick<IamDeps, "policies">) {
    const { accountId } = context.caller;
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const outcome = await policies.delete({ accountId, PolicyName });
    if (outcome === "missing") throw policyNotFound(PolicyArn);
    if (outcome === "attached") throw new DeleteConflict("Cannot delete a policy attached to entities.");
    if (outcome === "hasVersions") {
      throw new DeleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    return undefined;
  },
});
