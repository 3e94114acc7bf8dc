import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import * as words from "../words.ts";

export const untagResource = operation({
  name: "UntagResource",
  input: structure({ ResourceArn: words.Text, TagKeys: words.Texts }),
  output: structure({}),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle({ ResourceArn, TagKeys = [] }, context, { topics }: Pick<SnsDeps, "topics">) {
    const key = topicKeyOf(context, ResourceArn, "ResourceArn");
    const changed = await topics.store.change(key, "tags", ({ tags }) =>
      Object.fromEntries(Object.entries(tags).filter(([name]) => !TagKeys.includes(name))),
    );
    topics.directory.forget(key);
    if (!changed) throw new ResourceNotFoundException();
    return {};
  },
});
