import { structure } from "@hearth/model";
import { subscriptionArn } from "@hearth/topics";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException, invalidParameter, NotFoundException } from "../errors.ts";
import { findTopic } from "../findTopic.ts";
import * as words from "../words.ts";

export const confirmSubscription = operation({
  name: "ConfirmSubscription",
  input: structure({ TopicArn: words.Text, Token: words.Text, AuthenticateOnUnsubscribe: words.Text }),
  output: structure({ SubscriptionArn: z.string() }),
  errors: [InvalidParameterException, NotFoundException],
  async handle({ TopicArn, Token, AuthenticateOnUnsubscribe }, context, deps: Pick<SnsDeps, "topics">) {
    const topic = await findTopic(deps, context, TopicArn);
    if (!Token) throw invalidParameter("Token", "no value for required parameter");
    const confirmed = await deps.topics.subscriptions.confirm(topic.id, Token, {
      wasAuthenticated: true,
      guardsUnsubscribing: AuthenticateOnUnsubscribe?.toLowerCase() === "true",
    });
    if (!confirmed) throw new InvalidParameterException("Invalid token");
    return { SubscriptionArn: subscriptionArn(confirmed) };
  },
});
