import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findAwsManaged, findOwnPolicy, isAwsManaged } from "../managedPolicies.ts";
import { toAwsPolicy, toWholePolicy } from "../policyAnswer.ts";
import * as words from "../words.ts";

export const getPolicy = operation({
  name: "GetPolicy",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity, InvalidInput],
  async handle(
    { PolicyArn },
    { caller: { accountId } },
    deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">,
  ) {
    if (isAwsManaged(PolicyArn)) return { Policy: await toAwsPolicy(accountId, findAwsManaged(PolicyArn), deps) };
    return { Policy: toWholePolicy(accountId, await findOwnPolicy(deps.policies, accountId, PolicyArn)) };
  },
});
