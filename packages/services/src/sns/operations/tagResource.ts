import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException, TagLimitExceededException } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import { checkTags, tagsOf } from "../tagging.ts";
import * as words from "../words.ts";

export const tagResource = operation({
  name: "TagResource",
  input: structure({ ResourceArn: words.Text, Tags: words.Tags }),
  output: structure({}),
  errors: [InvalidParameterException, ResourceNotFoundException, TagLimitExceededException],
  async handle({ ResourceArn, Tags }, context, { topics }: Pick<SnsDeps, "topics">) {
    const key = topicKeyOf(context, ResourceArn, "ResourceArn");
    const added = tagsOf(Tags);
    const changed = await topics.store.change(key, "tags", ({ tags }) => {
      const all = { ...tags, ...added };
      checkTags(all);
      return all;
    });
    topics.directory.forget(key);
    if (!changed) throw new ResourceNotFoundException();
    return {};
  },
});
