import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, LimitExceeded, NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const tagRole = operation({
  name: "TagRole",
  input: structure({ RoleName: words.RoleName, Tags: words.Tags }),
  errors: [NoSuchEntity, LimitExceeded, InvalidInput],
  async handle({ RoleName, Tags }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const outcome = await roles.tag({ accountId, RoleName }, words.tagMap(Tags));
    if (outcome === "missing") throw roleNotFound(RoleName);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerRole: 50");
    return undefined;
  },
});
