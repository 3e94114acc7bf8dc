import type { SnsSubscriptionRecord } from "@hearth/store";
import { parseSubscriptionArn } from "@hearth/topics";
import type { RequestContext } from "@hearth/wire";
import type { SnsDeps } from "./deps.ts";
import { AuthorizationErrorException, invalidParameter, noSuchSubscription } from "./errors.ts";

/** Throws AWS's error for what is no ARN of a subscription. Resolves with `undefined` when there is no such subscription. */
export async function lookUpSubscription(
  { topics }: Pick<SnsDeps, "topics">,
  SubscriptionArn: string | undefined,
): Promise<SnsSubscriptionRecord | undefined> {
  if (!SubscriptionArn) throw invalidParameter("SubscriptionArn", "no value for required parameter");
  const name = parseSubscriptionArn(SubscriptionArn);
  if (!name) {
    throw invalidParameter(
      "SubscriptionArn",
      `An ARN must have at least 6 elements, not ${SubscriptionArn.split(":").length}`,
    );
  }
  return await topics.subscriptions.find(name.topic, name.uuid);
}

/** The subscription of a request. Throws AWS's error when it does not exist, or the caller's account has neither subscribed nor owns the topic. */
export async function findSubscription(
  deps: Pick<SnsDeps, "topics">,
  { caller }: Pick<RequestContext, "caller">,
  SubscriptionArn: string | undefined,
): Promise<SnsSubscriptionRecord> {
  const subscription = await lookUpSubscription(deps, SubscriptionArn);
  if (!subscription) throw noSuchSubscription();
  if (![subscription.owner, subscription.accountId].includes(caller.accountId)) throw notAllowed(caller.arn);
  return subscription;
}

export function notAllowed(callerArn: string): AuthorizationErrorException {
  return new AuthorizationErrorException(`User: ${callerArn} is not authorized to access this resource`);
}
