import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const deleteRolePermissionsBoundary = operation({
  name: "DeleteRolePermissionsBoundary",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.setBoundary({ accountId, RoleName }, null))) throw roleNotFound(RoleName);
    return undefined;
  },
});
