import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const listRoleTags = operation({
  name: "ListRoleTags",
  input: structure({ RoleName: words.RoleName }),
  output: structure({ Tags: words.tagsShape, IsTruncated: z.boolean() }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const role = await roles.find({ accountId, RoleName });
    if (!role) throw roleNotFound(RoleName);
    return { Tags: words.tagList(role.Tags), IsTruncated: false };
  },
});
