import { structure } from "@hearth/model";
import { toTopic } from "@hearth/topics";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, NotFoundException, noSuchTopic } from "../errors.ts";
import { topicKeyOf } from "../findTopic.ts";
import { shownTopicAttributes } from "../topicAttributes.ts";
import * as words from "../words.ts";

export const getTopicAttributes = operation({
  name: "GetTopicAttributes",
  input: structure({ TopicArn: words.Text }),
  output: structure({ Attributes: words.Attributes }),
  errors: [InvalidParameterException, NotFoundException],
  async handle({ TopicArn }, context, { topics }: Pick<SnsDeps, "topics">) {
    // Read anew: clients look here whether a change has taken effect.
    const record = await topics.store.find(topicKeyOf(context, TopicArn));
    if (!record) throw noSuchTopic();
    const counts = await topics.subscriptions.counts(record.id);
    const deleted = await topics.store.deletedSubscriptions(record.id);
    return { Attributes: shownTopicAttributes(toTopic(record), { ...counts, deleted }) };
  },
});
