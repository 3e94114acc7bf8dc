import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { InvalidParameterValueException, LimitExceededFault, ResourceNotFoundException } from "../errors.ts";
import { changeTags, type TaggedDeps } from "../tagged.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ ResourceARN: words.ResourceArn, Tags: words.TagList }),
  output: structure({}),
  errors: [InvalidParameterValueException, LimitExceededFault, ResourceNotFoundException],
  async handle({ ResourceARN, Tags }, context, deps: TaggedDeps) {
    await changeTags(deps, context, ResourceARN, (tags) => withTags(tags, Tags));
    return {};
  },
});
