import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { changeTagsOfArn, type TagDeps, without } from "../tagging.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ ResourceARN: words.ResourceARN, TagKeys: z.array(z.string()) }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle({ ResourceARN, TagKeys }, context, deps: TagDeps) {
    await changeTagsOfArn(deps, context, ResourceARN, (tags) => without(tags, TagKeys));
    return undefined;
  },
});
