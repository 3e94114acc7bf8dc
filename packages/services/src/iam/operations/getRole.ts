import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import { roleShape, toWholeRole } from "../roleAnswer.ts";
import * as words from "../words.ts";

export const getRole = operation({
  name: "GetRole",
  input: structure({ RoleName: words.RoleName }),
  output: structure({ Role: roleShape }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, context, { roles }: Pick<IamDeps, "roles">) {
    const { accountId } = context.caller;
    const role = await roles.find({ accountId, RoleName });
    if (!role) throw roleNotFound(RoleName);
    return { Role: toWholeRole(context, role) };
  },
});
