import { bool, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, policyNotFound } from "../errors.ts";
import { findOwnPolicy } from "../managedPolicies.ts";
import { checkIdentityPolicy, checkSize } from "../policyDocument.ts";
import { toVersion, versionShape } from "../policyVersion.ts";
import * as words from "../words.ts";

export const createPolicyVersion = operation({
  name: "CreatePolicyVersion",
  input: structure({
    PolicyArn: words.PolicyArn,
    PolicyDocument: words.PolicyDocument,
    SetAsDefault: bool().optional(),
  }),
  output: structure({ PolicyVersion: versionShape }),
  errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded, InvalidInput],
  async handle(input, context, { policies, clock }: Pick<IamDeps, "policies" | "clock">) {
    const { accountId } = context.caller;
    const { PolicyArn, PolicyDocument, SetAsDefault = false } = input;
    checkIdentityPolicy(PolicyDocument);
    checkSize(PolicyDocument, 6144, "PolicySize");
    const { PolicyName } = await findOwnPolicy(policies, context, PolicyArn);
    const CreateDate = new Date(Math.floor(clock.now() / 1000) * 1000);
    const number = await policies.addVersion({ accountId, PolicyName }, PolicyDocument, SetAsDefault, CreateDate);
    if (number === "missing") throw policyNotFound(PolicyArn);
    if (number === "tooMany") {
      throw new LimitExceeded(
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
      );
    }
    return { PolicyVersion: toVersion({ number, isDefault: SetAsDefault, CreateDate }) };
  },
});
