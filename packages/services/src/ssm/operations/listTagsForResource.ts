import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SsmDeps } from "../deps.ts";
import { InvalidResourceId, InvalidResourceType } from "../errors.ts";
import { parameterKey } from "../parameterName.ts";
import { checkIsParameter } from "../tagging.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ ResourceType: words.ResourceType, ResourceId: text() }),
  output: structure({ TagList: words.Tags }),
  errors: [InvalidResourceId, InvalidResourceType],
  async handle({ ResourceType, ResourceId }, context, { parameters }: Pick<SsmDeps, "parameters">) {
    checkIsParameter(ResourceType);
    const tags = await parameters.tags(parameterKey(context, ResourceId));
    if (!tags) throw new InvalidResourceId("");
    return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
});
