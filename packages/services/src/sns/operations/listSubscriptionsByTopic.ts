import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, NotFoundException } from "../errors.ts";
import { findTopic } from "../findTopic.ts";
import { idCursorOf, PAGE, pageOf } from "../paging.ts";
import { shownSubscription } from "../shownSubscription.ts";
import * as words from "../words.ts";

export const listSubscriptionsByTopic = operation({
  name: "ListSubscriptionsByTopic",
  input: structure({ TopicArn: words.Text, NextToken: words.Text }),
  output: structure({ Subscriptions: words.Subscriptions, NextToken: z.string().optional() }),
  errors: [InvalidParameterException, NotFoundException],
  async handle({ TopicArn, NextToken }, context, deps: Pick<SnsDeps, "topics">) {
    const topic = await findTopic(deps, context, TopicArn);
    const found = await deps.topics.subscriptions.ofTopic(topic.id, { after: idCursorOf(NextToken), limit: PAGE + 1 });
    const { items, token } = pageOf(found, ({ id }) => id);
    return { Subscriptions: items.map(shownSubscription), ...token };
  },
});
