import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException } from "../errors.ts";
import { readTags, type TagDeps, tagsShape } from "../tagging.ts";
import * as words from "../words.ts";

export const listTagsLogGroup = operation({
  name: "ListTagsLogGroup",
  input: structure({ logGroupName: words.LogGroupName }),
  output: tagsShape,
  errors: [ResourceNotFoundException],
  handle: async ({ logGroupName }, context, deps: TagDeps) => await readTags(deps, context, logGroupName),
});
