import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";

export const deleteResourcePolicy = operation({
  name: "DeleteResourcePolicy",
  input: structure({
    policyName: text({ min: 1, max: 512 }),
    resourceArn: text({ min: 1 }).optional(),
    expectedRevisionId: text({ min: 1 }).optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle({ policyName, resourceArn }, context, { resourcePolicies }: Pick<LogsDeps, "resourcePolicies">) {
    if (resourceArn === undefined && (await resourcePolicies.delete(context, policyName))) return undefined;
    throw new ResourceNotFoundException(`Policy with name [${policyName}] does not exist`);
  },
});
