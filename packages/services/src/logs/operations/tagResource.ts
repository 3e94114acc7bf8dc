import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException, TooManyTagsException } from "../errors.ts";
import { ResourceArn, type TagDeps, writeTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ resourceArn: ResourceArn, tags: words.Tags }),
  errors: [ResourceNotFoundException, TooManyTagsException],
  handle: async ({ resourceArn, tags }, context, deps: TagDeps) =>
    await writeTags(deps, context, words.nameInArn(resourceArn, context), tags),
});
