import { list, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { changeTags, withoutTags } from "../tagging.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ ResourceARN: words.Arn, TagKeys: list({ min: 1, max: 128 }) }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ ResourceARN, TagKeys }, _context, deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory">) {
    await changeTags(deps, ResourceARN, (tags) => withoutTags(tags, TagKeys));
    return {};
  },
});
