import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException } from "../errors.ts";
import { readTags, ResourceArn, type TagDeps, tagsShape } from "../tagging.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ resourceArn: ResourceArn }),
  output: tagsShape,
  errors: [ResourceNotFoundException],
  handle: async ({ resourceArn }, context, deps: TagDeps) =>
    await readTags(deps, context, words.nameInArn(resourceArn, context)),
});
