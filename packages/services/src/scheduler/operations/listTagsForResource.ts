import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SchedulerDeps } from "../deps.ts";
import { noGroup, ResourceNotFoundException } from "../errors.ts";
import { groupInArn } from "../scheduleArn.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  http: ["GET", "/tags/{ResourceArn}", 200],
  input: structure({ ResourceArn: words.ResourceArn }),
  output: structure({ Tags: words.Tags }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceArn }, context, { groups }: Pick<SchedulerDeps, "groups">) {
    const Name = groupInArn(context, ResourceArn);
    const found = await groups.find(context, Name);
    if (!found) throw noGroup(Name);
    return { Tags: Object.entries(found.tags).map(([Key, Value]) => ({ Key, Value })) };
  },
});
