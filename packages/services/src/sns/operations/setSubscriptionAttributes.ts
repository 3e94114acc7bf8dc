import { structure } from "@hearth/model";
import { subscriptionLimits } from "@hearth/topics";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import {
  AuthorizationErrorException,
  FilterPolicyLimitExceededException,
  InvalidParameterException,
  invalidParameter,
  NotFoundException,
  noSuchSubscription,
} from "../errors.ts";
import { findSubscription, notAllowed } from "../findSubscription.ts";
import { withSubscriptionAttributes } from "../subscriptionAttributes.ts";
import * as words from "../words.ts";

export const setSubscriptionAttributes = operation({
  name: "SetSubscriptionAttributes",
  input: structure({ SubscriptionArn: words.Text, AttributeName: words.Text, AttributeValue: words.Text }),
  errors: [
    AuthorizationErrorException,
    FilterPolicyLimitExceededException,
    InvalidParameterException,
    NotFoundException,
  ],
  async handle({ SubscriptionArn, AttributeName, AttributeValue = "" }, context, deps: Pick<SnsDeps, "topics">) {
    const subscription = await findSubscription(deps, context, SubscriptionArn);
    // The owner of the topic may end it, and no more.
    if (subscription.owner !== context.caller.accountId) throw notAllowed(context.caller.arn);
    if (!AttributeName) throw invalidParameter("AttributeName", "no value for required parameter");
    const isFifo = subscription.TopicName.endsWith(".fifo");
    const changed = await deps.topics.subscriptions.changeAttributes(
      subscription.uuid,
      subscriptionLimits(isFifo),
      (attributes) =>
        withSubscriptionAttributes(
          attributes,
          { [AttributeName]: AttributeValue },
          { ...subscription, isFifo },
          "AttributeName",
        ),
    );
    if (changed === "tooManyFilters") throw new FilterPolicyLimitExceededException();
    if (!changed) throw noSuchSubscription();
    return undefined;
  },
});
