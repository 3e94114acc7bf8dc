import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { changeTags, tagList } from "../tagging.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ ResourceARN: words.Arn }),
  output: structure({ Tags: words.Tags }),
  errors: [ResourceNotFoundException],
  async handle({ ResourceARN }, _context, deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory">) {
    return { Tags: tagList(await changeTags(deps, ResourceARN)) };
  },
});
