import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import { numberOf, VersionId, versionNotFound } from "../policyVersion.ts";
import * as words from "../words.ts";

export const setDefaultPolicyVersion = operation({
  name: "SetDefaultPolicyVersion",
  input: structure({ PolicyArn: words.PolicyArn, VersionId }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn, VersionId: id }, context, { policies, clock }: Pick<IamDeps, "policies" | "clock">) {
    const { accountId } = context.caller;
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const found = await policies.setDefaultVersion({ accountId, PolicyName }, numberOf(id), new Date(clock.now()));
    if (!found) throw versionNotFound(PolicyArn, id);
    return undefined;
  },
});
