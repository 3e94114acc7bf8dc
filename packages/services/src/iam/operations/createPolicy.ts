import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { EntityAlreadyExists, InvalidInput, LimitExceeded, MalformedPolicyDocument } from "../errors.ts";
import { policyShape, toWholePolicy } from "../policyAnswer.ts";
import { checkIdentityPolicy, checkSize } from "../policyDocument.ts";
import * as words from "../words.ts";

export const createPolicy = operation({
  name: "CreatePolicy",
  input: structure({
    PolicyName: words.PolicyName,
    PolicyDocument: words.PolicyDocument,
    Path: words.PolicyPath.optional(),
    Description: words.Description.optional(),
    Tags: words.Tags.optional(),
  }),
  output: structure({ Policy: policyShape }),
  errors: [EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded, InvalidInput],
  async handle(input, context, { policies, clock, random }: Pick<IamDeps, "policies" | "clock" | "random">) {
    const { accountId } = context.caller;
    checkIdentityPolicy(input.PolicyDocument);
    checkSize(input.PolicyDocument, 6144, "PolicySize");
    const Tags = words.tagMap(input.Tags);
    if (Object.keys(Tags).length > 50) throw new LimitExceeded("Cannot exceed quota for TagsPerPolicy: 50");
    const CreateDate = new Date(Math.floor(clock.now() / 1000) * 1000);
    const policy = {
      PolicyName: input.PolicyName,
      PolicyId: words.uniqueId("ANPA", random),
      Path: input.Path ?? "/",
      Description: input.Description ?? null,
      Tags,
      CreateDate,
    };
    if (!(await policies.create(accountId, policy, input.PolicyDocument))) {
      throw new EntityAlreadyExists(
        `A policy called ${policy.PolicyName} already exists. Duplicate names are not allowed.`,
      );
    }
    return {
      Policy: toWholePolicy(context, {
        ...policy,
        UpdateDate: CreateDate,
        defaultVersion: 1,
        attachmentCount: 0,
        boundaryCount: 0,
      }),
    };
  },
});
