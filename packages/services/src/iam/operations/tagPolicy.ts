import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, LimitExceeded, NoSuchEntity, policyNotFound } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import * as words from "../words.ts";

export const tagPolicy = operation({
  name: "TagPolicy",
  input: structure({ PolicyArn: words.PolicyArn, Tags: words.Tags }),
  errors: [NoSuchEntity, LimitExceeded, InvalidInput],
  async handle({ PolicyArn, Tags }, context, { policies }: Pick<IamDeps, "policies">) {
    const { accountId } = context.caller;
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const outcome = await policies.tag({ accountId, PolicyName }, words.tagMap(Tags));
    if (outcome === "missing") throw policyNotFound(PolicyArn);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerPolicy: 50");
    return undefined;
  },
});
