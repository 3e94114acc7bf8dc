import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const untagUser = operation({
  name: "UntagUser",
  input: structure({ UserName: words.UserName, TagKeys: z.array(words.TagKey) }),
  errors: [NoSuchEntity],
  async handle({ UserName, TagKeys }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    if (!(await users.untag({ accountId, UserName }, TagKeys))) throw userNotFound(UserName);
    return undefined;
  },
});
