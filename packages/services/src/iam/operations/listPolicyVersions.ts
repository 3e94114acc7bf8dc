import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import { toVersion } from "../policyVersion.ts";
import * as words from "../words.ts";

export const listPolicyVersions = operation({
  name: "ListPolicyVersions",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const versions = await policies.listVersions({ accountId, PolicyName });
    return { Versions: versions.map(toVersion), IsTruncated: false };
  },
});
