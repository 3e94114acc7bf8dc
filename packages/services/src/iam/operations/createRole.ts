import { structure } from "@hearth/model";
import type { RoleRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { checkBoundary } from "../checkBoundary.ts";
import type { IamDeps } from "../deps.ts";
import { EntityAlreadyExists, InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity } from "../errors.ts";
import { checkTrustPolicy } from "../policyDocument.ts";
import { roleShape, toWholeRole } from "../roleAnswer.ts";
import * as words from "../words.ts";

export const createRole = operation({
  name: "CreateRole",
  input: structure({
    RoleName: words.RoleName,
    AssumeRolePolicyDocument: words.PolicyDocument,
    Path: words.Path.optional(),
    Description: words.Description.optional(),
    MaxSessionDuration: words.MaxSessionDuration.optional(),
    PermissionsBoundary: words.PolicyArn.optional(),
    Tags: words.Tags.optional(),
  }),
  output: structure({ Role: roleShape }),
  errors: [EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded, InvalidInput, NoSuchEntity],
  async handle(
    input,
    context,
    { roles, policies, clock, random }: Pick<IamDeps, "roles" | "policies" | "clock" | "random">,
  ) {
    const { caller } = context;
    checkTrustPolicy(input.AssumeRolePolicyDocument);
    await checkBoundary(policies, context, input.PermissionsBoundary);
    const Tags = words.tagMap(input.Tags);
    if (Object.keys(Tags).length > 50) throw new LimitExceeded("Cannot exceed quota for TagsPerRole: 50");
    const role: RoleRecord = {
      RoleName: input.RoleName,
      RoleId: words.uniqueId("AROA", random),
      Path: input.Path ?? "/",
      AssumeRolePolicyDocument: input.AssumeRolePolicyDocument,
      Description: input.Description ?? null,
      MaxSessionDuration: input.MaxSessionDuration ?? 3600,
      PermissionsBoundary: input.PermissionsBoundary ?? null,
      Tags,
      CreateDate: new Date(Math.floor(clock.now() / 1000) * 1000),
    };
    const created = await roles.create(caller.accountId, role);
    if (!created) throw new EntityAlreadyExists(`Role with name ${role.RoleName} already exists.`);
    return { Role: toWholeRole(context, role) };
  },
});
