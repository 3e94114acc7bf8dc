import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const deleteUserPermissionsBoundary = operation({
  name: "DeleteUserPermissionsBoundary",
  input: structure({ UserName: words.UserName }),
  errors: [NoSuchEntity],
  async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    if (!(await users.setBoundary({ accountId, UserName }, null))) throw userNotFound(UserName);
    return undefined;
  },
});
