import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SsmDeps } from "../deps.ts";
import { InvalidResourceId, InvalidResourceType, TooManyTagsError } from "../errors.ts";
import { parameterKey } from "../parameterName.ts";
import { checkIsParameter, withTags } from "../tagging.ts";
import * as words from "../words.ts";

export const addTagsToResource = operation({
  name: "AddTagsToResource",
  input: structure({ ResourceType: words.ResourceType, ResourceId: text(), Tags: words.Tags }),
  output: structure({}),
  errors: [InvalidResourceId, InvalidResourceType, TooManyTagsError],
  async handle({ ResourceType, ResourceId, Tags }, context, { parameters }: Pick<SsmDeps, "parameters">) {
    checkIsParameter(ResourceType);
    const key = parameterKey(context, ResourceId);
    if (!(await parameters.changeTags(key, (tags) => withTags(tags, Tags)))) throw new InvalidResourceId("");
    return {};
  },
});
