import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import * as words from "../words.ts";

/** Deleting a topic that does not exist is no error, as on AWS. */
export const deleteTopic = operation({
  name: "DeleteTopic",
  input: structure({ TopicArn: words.Text }),
  errors: [InvalidParameterException],
  async handle({ TopicArn }, context, { topics }: Pick<SnsDeps, "topics">) {
    const key = topicKeyOf(context, TopicArn);
    await topics.store.delete(key);
    topics.directory.forget(key);
    return undefined;
  },
});
