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
  async handle({ PolicyArn, Tags }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const outcome = await policies.tag({ accountId, PolicyName }, words.tagMap(Tags));
    if (outcome === "missing") throw policyNotFound(PolicyArn);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerPolicy: 50");
    return undefined;
  },
});
