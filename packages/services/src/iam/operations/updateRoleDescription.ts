import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import { roleShape, toRole } from "../roleAnswer.ts";
import * as words from "../words.ts";

export const updateRoleDescription = operation({
  name: "UpdateRoleDescription",
  input: structure({ RoleName: words.RoleName, Description: words.Description }),
  output: structure({ Role: roleShape }),
  errors: [NoSuchEntity],
  async handle({ RoleName, Description }, context, { roles }: Pick<IamDeps, "roles">) {
    const { accountId } = context.caller;
    await roles.update({ accountId, RoleName }, { Description });
    const role = await roles.find({ accountId, RoleName });
    if (!role) throw roleNotFound(RoleName);
    return { Role: toRole(context, role) };
  },
});
