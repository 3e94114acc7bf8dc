import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { LimitExceeded, MalformedPolicyDocument, NoSuchEntity, roleNotFound } from "../errors.ts";
import { checkTrustPolicy } from "../policyDocument.ts";
import * as words from "../words.ts";

export const updateAssumeRolePolicy = operation({
  name: "UpdateAssumeRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyDocument: words.PolicyDocument }),
  errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded],
  async handle({ RoleName, PolicyDocument }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    checkTrustPolicy(PolicyDocument);
    const updated = await roles.update({ accountId, RoleName }, { AssumeRolePolicyDocument: PolicyDocument });
    if (!updated) throw roleNotFound(RoleName);
    return undefined;
  },
});
