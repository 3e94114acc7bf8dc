import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException } from "../errors.ts";
import { removeTags, ResourceArn, type TagDeps, TagKeys } from "../tagging.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ resourceArn: ResourceArn, tagKeys: TagKeys }),
  errors: [ResourceNotFoundException],
  handle: async ({ resourceArn, tagKeys }, context, deps: TagDeps) =>
    await removeTags(deps, context, words.nameInArn(resourceArn, context), tagKeys),
});
