import {
  InvalidParameterValueException,
  PreconditionFailedException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { PolicyResourceArn, PolicyRevisionId, policyTargetOf } from "../policies/resourcePolicyMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteResourcePolicy.html */
export const deleteResourcePolicy = operation({
  name: "DeleteResourcePolicy",
  http: ["DELETE", "/2026-07-09/resource-policy/{ResourceArn}", 204],
  query: { RevisionId: "RevisionId" },
  input: structure({ ResourceArn: PolicyResourceArn, RevisionId: PolicyRevisionId.optional() }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException, PreconditionFailedException],
  async handle(input, context, { policies }: Pick<ApiDeps, "policies">) {
    const target = policyTargetOf(input.ResourceArn, context, "DeleteResourcePolicy");
    await policies.delete(target.key, target.Qualifier, input.RevisionId);
    return undefined;
  },
});
