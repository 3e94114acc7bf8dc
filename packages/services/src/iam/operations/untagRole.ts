import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const untagRole = operation({
  name: "UntagRole",
  input: structure({ RoleName: words.RoleName, TagKeys: z.array(words.TagKey) }),
  errors: [NoSuchEntity],
  async handle({ RoleName, TagKeys }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.untag({ accountId, RoleName }, TagKeys))) throw roleNotFound(RoleName);
    return undefined;
  },
});
