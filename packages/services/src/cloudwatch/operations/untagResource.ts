import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { ResourceNotFoundException } from "../errors.ts";
import { changeTags, type TaggedDeps } from "../tagged.ts";
import { withoutTags } from "../tagging.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ ResourceARN: words.ResourceArn, TagKeys: words.TagKeys }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ ResourceARN, TagKeys }, context, deps: TaggedDeps) {
    await changeTags(deps, context, ResourceARN, (tags) => withoutTags(tags, TagKeys));
    return {};
  },
});
