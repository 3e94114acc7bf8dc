import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import {
  AuthorizationErrorException,
  InvalidParameterException,
  NotFoundException,
  noSuchSubscription,
} from "../errors.ts";
import { findSubscription } from "../findSubscription.ts";
import { shownSubscriptionAttributes } from "../subscriptionAttributes.ts";
import * as words from "../words.ts";

export const getSubscriptionAttributes = operation({
  name: "GetSubscriptionAttributes",
  input: structure({ SubscriptionArn: words.Text }),
  output: structure({ Attributes: words.Attributes }),
  errors: [AuthorizationErrorException, InvalidParameterException, NotFoundException],
  async handle({ SubscriptionArn }, context, deps: Pick<SnsDeps, "topics">) {
    const subscription = await findSubscription(deps, context, SubscriptionArn);
    const topic = await deps.topics.find(subscription);
    if (!topic) throw noSuchSubscription();
    return { Attributes: shownSubscriptionAttributes(subscription, topic) };
  },
});
