import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { InvalidResourceId, InvalidResourceType } from "../errors.ts";
import { parameterKey } from "../parameterName.ts";
import { checkIsParameter } from "../tagging.ts";
import * as words from "../words.ts";

export const removeTagsFromResource = operation({
  name: "RemoveTagsFromResource",
  input: structure({ ResourceType: words.ResourceType, ResourceId: text(), TagKeys: z.array(words.TagKey) }),
  output: structure({}),
  errors: [InvalidResourceId, InvalidResourceType],
  async handle({ ResourceType, ResourceId, TagKeys }, context, { parameters }: Pick<SsmDeps, "parameters">) {
    checkIsParameter(ResourceType);
    const without = (tags: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key)));
    const key = parameterKey(context, ResourceId);
    if (!(await parameters.changeTags(key, without))) throw new InvalidResourceId("");
    return {};
  },
});
