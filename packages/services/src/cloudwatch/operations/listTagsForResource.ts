import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { ResourceNotFoundException } from "../errors.ts";
import { changeTags, type TaggedDeps } from "../tagged.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ ResourceARN: words.ResourceArn }),
  output: structure({ Tags: z.array(structure({ Key: z.string(), Value: z.string() })) }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceARN }, context, deps: TaggedDeps) {
    const tags = await changeTags(deps, context, ResourceARN, (present) => present);
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
});
