import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import { tagList } from "../tagging.ts";
import * as words from "../words.ts";

export const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ ResourceArn: words.Text }),
  output: structure({ Tags: words.Tags }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle({ ResourceArn }, context, { topics }: Pick<SnsDeps, "topics">) {
    const topic = await topics.store.find(topicKeyOf(context, ResourceArn, "ResourceArn"));
    if (!topic) throw new ResourceNotFoundException();
    return { Tags: tagList(topic.tags) };
  },
});
