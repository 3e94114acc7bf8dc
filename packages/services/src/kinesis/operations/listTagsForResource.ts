import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { ResourceNotFoundException } from "../errors.ts";
import { type TagDeps, tagsOfArn } from "../tagging.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ ResourceARN: words.ResourceARN }),
  output: structure({ Tags: z.array(structure({ Key: z.string(), Value: z.string() })) }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceARN }, context, deps: TagDeps) {
    const tags = await tagsOfArn(deps, context, ResourceARN);
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
});
