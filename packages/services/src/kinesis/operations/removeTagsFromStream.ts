import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { streamKey } from "../findStream.ts";
import { changeStreamTags, type TagDeps, without } from "../tagging.ts";
import * as words from "../words.ts";

export const removeTagsFromStream = operation({
  name: "RemoveTagsFromStream",
  input: structure({ ...words.NamedStream, TagKeys: z.array(z.string()) }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle(input, context, deps: TagDeps) {
    await changeStreamTags(deps, streamKey(context, input), (tags) => without(tags, input.TagKeys));
    return undefined;
  },
});
