import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { policyAnswer } from "../policies/policyAnswer.ts";
import { PolicyResourceArn, policyTargetOf } from "../policies/resourcePolicyMembers.ts";
import { ResourcePolicy } from "../policies/resourcePolicy.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetResourcePolicy.html */
export const getResourcePolicy = operation({
  name: "GetResourcePolicy",
  http: ["GET", "/2026-07-09/resource-policy/{ResourceArn}", 200],
  input: structure({ ResourceArn: PolicyResourceArn }),
  output: ResourcePolicy,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "policies">) {
    return await policyAnswer(policyTargetOf(input.ResourceArn, context, "GetResourcePolicy"), deps);
  },
});
