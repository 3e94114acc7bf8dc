import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import { AuthorizationErrorException, InvalidParameterException } from "../errors.ts";
import { lookUpSubscription, notAllowed } from "../findSubscription.ts";
import * as words from "../words.ts";

/** Ending a subscription that does not exist is no error, as on AWS. */
export const unsubscribe = operation({
  name: "Unsubscribe",
  input: structure({ SubscriptionArn: words.Text }),
  errors: [AuthorizationErrorException, InvalidParameterException],
  async handle({ SubscriptionArn }, { caller }, deps: Pick<SnsDeps, "topics">) {
    const subscription = await lookUpSubscription(deps, SubscriptionArn);
    if (!subscription) return undefined;
    if (![subscription.owner, subscription.accountId].includes(caller.accountId)) throw notAllowed(caller.arn);
    await deps.topics.subscriptions.end(subscription.uuid, undefined);
    return undefined;
  },
});
