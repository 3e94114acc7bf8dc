import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import { toVersion, versionShape } from "../policyVersion.ts";
import * as words from "../words.ts";

export const listPolicyVersions = operation({
  name: "ListPolicyVersions",
  input: structure({ PolicyArn: words.PolicyArn }),
  output: structure({ Versions: z.array(versionShape), IsTruncated: z.boolean() }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ PolicyArn }, context, { policies }: Pick<IamDeps, "policies">) {
    const { accountId } = context.caller;
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const versions = await policies.listVersions({ accountId, PolicyName });
    return { Versions: versions.map(toVersion), IsTruncated: false };
  },
});
