import { choice, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity } from "../errors.ts";
import { findOwnPolicy, isAwsManaged } from "../managedPolicies.ts";
import * as words from "../words.ts";

/** There are no groups. */
export const listEntitiesForPolicy = operation({
  name: "ListEntitiesForPolicy",
  input: structure({
    PolicyArn: words.PolicyArn,
    EntityFilter: choice(["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]).optional(),
  }),
  output: structure({
    PolicyGroups: z.array(structure({})),
    PolicyUsers: z.array(structure({ UserName: z.string(), UserId: z.string() })),
    PolicyRoles: z.array(structure({ RoleName: z.string(), RoleId: z.string() })),
    IsTruncated: z.boolean(),
  }),
  errors: [NoSuchEntity, InvalidInput],
  async handle(
    { PolicyArn, EntityFilter },
    context,
    deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">,
  ) {
    const { accountId } = context.caller;
    if (!isAwsManaged(PolicyArn, context)) await findOwnPolicy(deps.policies, context, PolicyArn);
    const wants = (kind: "Role" | "User"): boolean => EntityFilter === undefined || EntityFilter === kind;
    const roles = wants("Role") ? await deps.rolePolicies.holders(accountId, PolicyArn) : [];
    const users = wants("User") ? await deps.userPolicies.holders(accountId, PolicyArn) : [];
    return {
      PolicyGroups: [],
      PolicyUsers: users.map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: roles.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      IsTruncated: false,
    };
  },
});
