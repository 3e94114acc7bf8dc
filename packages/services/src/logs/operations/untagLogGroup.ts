import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException } from "../errors.ts";
import { removeTags, type TagDeps, TagKeys } from "../tagging.ts";
import * as words from "../words.ts";

export const untagLogGroup = operation({
  name: "UntagLogGroup",
  input: structure({ logGroupName: words.LogGroupName, tags: TagKeys }),
  errors: [ResourceNotFoundException],
  handle: async ({ logGroupName, tags }, context, deps: TagDeps) => await removeTags(deps, context, logGroupName, tags),
});
