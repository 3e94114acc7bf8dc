import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SchedulerDeps } from "../deps.ts";
import { noGroup, ResourceNotFoundException, ValidationException } from "../errors.ts";
import { groupInArn } from "../scheduleArn.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  http: ["POST", "/tags/{ResourceArn}", 200],
  input: structure({ ResourceArn: words.ResourceArn, Tags: words.Tags }),
  output: structure({}),
  errors: [ResourceNotFoundException, ValidationException],
  async handle({ ResourceArn, Tags }, context, { groups }: Pick<SchedulerDeps, "groups">) {
    const Name = groupInArn(context, ResourceArn);
    if (!(await groups.changeTags(context, Name, (tags) => withTags(tags, Tags)))) throw noGroup(Name);
    return {};
  },
});
