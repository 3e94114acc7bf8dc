import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { EntityAlreadyExists, NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const updateUser = operation({
  name: "UpdateUser",
  input: structure({
    UserName: words.UserName,
    NewUserName: words.NewUserName.optional(),
    NewPath: words.Path.optional(),
  }),
  errors: [NoSuchEntity, EntityAlreadyExists],
  async handle({ UserName, NewUserName, NewPath }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const outcome = await users.update({ accountId, UserName }, { UserName: NewUserName, Path: NewPath });
    if (outcome === "missing") throw userNotFound(UserName);
    if (outcome === "taken") throw new EntityAlreadyExists(`User with name ${NewUserName} already exists.`);
    return undefined;
  },
});
