import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { DeleteConflict, NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const deleteRole = operation({
  name: "DeleteRole",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity, DeleteConflict],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const outcome = await roles.delete({ accountId, RoleName });
    if (outcome === "missing") throw roleNotFound(RoleName);
    if (outcome === "hasAttached") throw new DeleteConflict("Cannot delete entity, must detach all policies first.");
    if (outcome === "hasInline") throw new DeleteConflict("Cannot delete entity, must delete policies first.");
    return undefined;
  },
});
