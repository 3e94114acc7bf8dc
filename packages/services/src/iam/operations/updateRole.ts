import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const updateRole = operation({
  name: "UpdateRole",
  input: structure({
    RoleName: words.RoleName,
    Description: words.Description.optional(),
    MaxSessionDuration: words.MaxSessionDuration.optional(),
  }),
  output: structure({}),
  errors: [NoSuchEntity],
  async handle({ RoleName, ...changes }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.update({ accountId, RoleName }, changes))) throw roleNotFound(RoleName);
    return {};
  },
});
