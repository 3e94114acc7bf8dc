import {
  InvalidParameterValueException,
  PolicyLengthExceededException,
  PreconditionFailedException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import {
  policyOf,
  PolicyResourceArn,
  PolicyRevisionId,
  policyTargetOf,
  PolicyText,
  refuseLatest,
} from "../policies/resourcePolicyMembers.ts";
import { ResourcePolicy } from "../policies/resourcePolicy.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html */
export const putResourcePolicy = operation({
  name: "PutResourcePolicy",
  http: ["PUT", "/2026-07-09/resource-policy/{ResourceArn}", 200],
  input: structure({ ResourceArn: PolicyResourceArn, Policy: PolicyText, RevisionId: PolicyRevisionId.optional() }),
  output: ResourcePolicy,
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    PreconditionFailedException,
    PolicyLengthExceededException,
  ],
  async handle(input, context, { policies }: Pick<ApiDeps, "policies">) {
    const target = policyTargetOf(input.ResourceArn, context, "PutResourcePolicy");
    refuseLatest(target);
    const document = policyOf(input.Policy, target);
    const RevisionId = await policies.put(target.key, target.Qualifier, document, input.RevisionId);
    return { Policy: JSON.stringify(document), RevisionId };
  },
});
