import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { checkBoundary } from "../checkBoundary.ts";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const putRolePermissionsBoundary = operation({
  name: "PutRolePermissionsBoundary",
  input: structure({ RoleName: words.RoleName, PermissionsBoundary: words.PolicyArn }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ RoleName, PermissionsBoundary }, context, { roles, policies }: Pick<IamDeps, "roles" | "policies">) {
    const { accountId } = context.caller;
    await checkBoundary(policies, context, PermissionsBoundary);
    if (!(await roles.setBoundary({ accountId, RoleName }, PermissionsBoundary))) throw roleNotFound(RoleName);
    return undefined;
  },
});
