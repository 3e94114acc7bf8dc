import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const listUserTags = operation({
  name: "ListUserTags",
  input: structure({ UserName: words.UserName }),
  output: structure({ Tags: words.tagsShape, IsTruncated: z.boolean() }),
  errors: [NoSuchEntity],
  async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const user = await users.find({ accountId, UserName });
    if (!user) throw userNotFound(UserName);
    return { Tags: words.tagList(user.Tags), IsTruncated: false };
  },
});
