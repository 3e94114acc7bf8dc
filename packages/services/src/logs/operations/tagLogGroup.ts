import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException, TooManyTagsException } from "../errors.ts";
import { type TagDeps, writeTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagLogGroup = operation({
  name: "TagLogGroup",
  input: structure({ logGroupName: words.LogGroupName, tags: words.Tags }),
  errors: [ResourceNotFoundException, TooManyTagsException],
  handle: async ({ logGroupName, tags }, context, deps: TagDeps) => await writeTags(deps, context, logGroupName, tags),
});
