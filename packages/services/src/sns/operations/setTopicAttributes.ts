import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, invalidParameter, NotFoundException, noSuchTopic } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import { withTopicAttributes } from "../topicAttributes.ts";
import * as words from "../words.ts";

export const setTopicAttributes = operation({
  name: "SetTopicAttributes",
  input: structure({ TopicArn: words.Text, AttributeName: words.Text, AttributeValue: words.Text }),
  errors: [InvalidParameterException, NotFoundException],
  async handle({ TopicArn, AttributeName, AttributeValue = "" }, context, { topics }: Pick<SnsDeps, "topics">) {
    const key = topicKeyOf(context, TopicArn);
    if (!AttributeName) throw invalidParameter("AttributeName", "no value for required parameter");
    const changed = await topics.store.change(key, "attributes", ({ attributes, isFifo }) =>
      withTopicAttributes(attributes, { [AttributeName]: AttributeValue }, isFifo, "AttributeName"),
    );
    topics.directory.forget(key);
    if (!changed) throw noSuchTopic();
    return undefined;
  },
});
