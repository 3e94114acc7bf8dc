import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { changeTags, withTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ ResourceARN: words.Arn, Tags: words.Tags }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ ResourceARN, Tags }, _context, deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory">) {
    await changeTags(deps, ResourceARN, (tags) => withTags(tags, Tags));
    return {};
  },
});
