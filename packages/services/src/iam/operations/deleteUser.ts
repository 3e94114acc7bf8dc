import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { DeleteConflict, NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const deleteUser = operation({
  name: "DeleteUser",
  input: structure({ UserName: words.UserName }),
  errors: [NoSuchEntity, DeleteConflict],
  async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    switch (await users.delete({ accountId, UserName })) {
      case "missing":
        throw userNotFound(UserName);
      case "hasAttached":
        throw new DeleteConflict("Cannot delete entity, must detach all policies first.");
      case "hasInline":
        throw new DeleteConflict("Cannot delete entity, must delete policies first.");
      case "hasKeys":
        throw new DeleteConflict("Cannot delete entity, must delete access keys first.");
      case "deleted":
        return undefined;
    }
  },
});
