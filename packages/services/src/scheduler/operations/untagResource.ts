import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SchedulerDeps } from "../deps.ts";
import { noGroup, ResourceNotFoundException } from "../errors.ts";
import { groupInArn } from "../scheduleArn.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  http: ["DELETE", "/tags/{ResourceArn}", 200],
  query: { TagKeys: "TagKeys" },
  input: structure({ ResourceArn: words.ResourceArn, TagKeys: z.array(words.TagKey) }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ ResourceArn, TagKeys }, context, { groups }: Pick<SchedulerDeps, "groups">) {
    const Name = groupInArn(context, ResourceArn);
    const without = (tags: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key)));
    if (!(await groups.changeTags(context, Name, without))) throw noGroup(Name);
    return {};
  },
});
