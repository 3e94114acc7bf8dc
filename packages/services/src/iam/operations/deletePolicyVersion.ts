import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { DeleteConflict, InvalidInput, NoSuchEntity } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import { numberOf, VersionId, versionNotFound } from "../policyVersion.ts";
import * as words from "../words.ts";

export const deletePolicyVersion = operation({
  name: "DeletePolicyVersion",
  input: structure({ PolicyArn: words.PolicyArn, VersionId }),
  errors: [NoSuchEntity, DeleteConflict, InvalidInput],
  async handle({ PolicyArn, VersionId: id }, context, { policies }: Pick<IamDeps, "policies">) {
    const { accountId } = context.caller;
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const outcome = await policies.deleteVersion({ accountId, PolicyName }, numberOf(id));
    if (outcome === "missing") throw versionNotFound(PolicyArn, id);
    if (outcome === "isDefault") throw new DeleteConflict("Cannot delete the default version of a policy.");
    return undefined;
  },
});
