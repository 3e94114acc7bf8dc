import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findAwsManaged, findOwnPolicy, isAwsManaged } from "../managedPolicies.ts";
import { policyShape, toAwsPolicies, toWholePolicy } from "../policyAnswer.ts";
import * as words from "../words.ts";

export const getPolicy = operation({
  name: "GetPolicy",
  input: structure({ PolicyArn: words.PolicyArn }),
  output: structure({ Policy: policyShape }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn }, context, deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">) {
    const { accountId } = context.caller;
    if (isAwsManaged(PolicyArn, context)) {
      const [Policy] = await toAwsPolicies(accountId, [findAwsManaged(PolicyArn)], deps);
      return { Policy };
    }
    return { Policy: toWholePolicy(context, await findOwnPolicy(deps.policies, context, PolicyArn)) };
  },
});
