import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { changeTagsOfArn, type TagDeps } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ ResourceARN: words.ResourceARN, Tags: words.Tags }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle({ ResourceARN, Tags }, context, deps: TagDeps) {
    await changeTagsOfArn(deps, context, ResourceARN, (tags) => ({ ...tags, ...Tags }));
    return undefined;
  },
});
