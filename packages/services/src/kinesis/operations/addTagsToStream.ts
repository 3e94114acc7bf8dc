import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { streamKey } from "../findStream.ts";
import { changeStreamTags, type TagDeps } from "../tagging.ts";
import * as words from "../words.ts";

export const addTagsToStream = operation({
  name: "AddTagsToStream",
  input: structure({ ...words.NamedStream, Tags: words.Tags }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle(input, context, deps: TagDeps) {
    await changeStreamTags(deps, streamKey(context, input), (tags) => ({ ...tags, ...input.Tags }));
    return undefined;
  },
});
