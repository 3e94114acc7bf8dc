import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity, policyNotFound } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import * as words from "../words.ts";

export const untagPolicy = operation({
  name: "UntagPolicy",
  input: structure({ PolicyArn: words.PolicyArn, TagKeys: z.array(words.TagKey) }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn, TagKeys }, context, { policies }: Pick<IamDeps, "policies">) {
    const { accountId } = context.caller;
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    if (!(await policies.untag({ accountId, PolicyName }, TagKeys))) throw policyNotFound(PolicyArn);
    return undefined;
  },
});
