import { structure, ThrottlingException } from "@hearth/model";
import type { SnsSubscriptionRecord } from "@hearth/store";
import { subscriptionArn, subscriptionLimits, type Topic } from "@hearth/topics";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SnsDeps } from "../deps.ts";
import { checkEndpoint, checkProtocol } from "../endpoints.ts";
import {
  FilterPolicyLimitExceededException,
  InvalidParameterException,
  invalidParameter,
  NotFoundException,
  noSuchTopic,
  SubscriptionLimitExceededException,
} from "../errors.ts";
import { findTopic } from "../findTopic.ts";
import { withSubscriptionAttributes } from "../subscriptionAttributes.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

export const subscribe = operation({
  name: "Subscribe",
  input: structure({
    TopicArn: words.Text,
    Protocol: words.Text,
    Endpoint: words.Text,
    Attributes: words.Attributes,
    ReturnSubscriptionArn: words.Flag,
  }),
  output: structure({ SubscriptionArn: z.string() }),
  errors: [
    FilterPolicyLimitExceededException,
    InvalidParameterException,
    NotFoundException,
    SubscriptionLimitExceededException,
    ThrottlingException,
  ],
  async handle(input, context, deps: Pick<SnsDeps, "topics" | "sendsMail" | "random" | "disk">) {
    refuseWhenDiskIsShort(deps);
    const { topics, sendsMail, random } = deps;
    const topic = await findTopic(deps, context, input.TopicArn);
    if (!input.Protocol) throw invalidParameter("Protocol", "no value for required parameter");
    const protocol = checkProtocol(input.Protocol, sendsMail);
    const endpoint = input.Endpoint ?? "";
    if (endpoint === "") throw invalidParameter("Endpoint", "no value for required parameter");
    const endpointOwner = checkEndpoint(topic, protocol, endpoint);
    const { accountId: owner, arn: principal } = context.caller;
    const { region, isFifo } = topic;
    const given = input.Attributes ?? {};
    const attributes = withSubscriptionAttributes({}, given, { protocol, owner, region, isFifo }, "Attributes");
    // Only the owner of an endpoint needs not be asked.
    const token = endpointOwner === owner ? undefined : topics.newToken();
    const found = await topics.subscriptions.findByEndpoint(topic.id, protocol, endpoint);
    if (token !== undefined && !found && !(await topics.mayAsk(owner, protocol, endpoint)))
      throw tooManyConfirmations();
    const made = await topics.subscriptions.create(
      {
        topicId: topic.id,
        uuid: random.uuid(),
        owner,
        region,
        protocol,
        endpoint,
        principal,
        attributes,
        token,
        wasAuthenticated: token === undefined,
      },
      subscriptionLimits(isFifo),
    );
    if (made === "full") throw new SubscriptionLimitExceededException();
    if (made === "tooManyFilters") throw new FilterPolicyLimitExceededException();
    if (made === "tooManyPending") throw new SubscriptionLimitExceededException();
    const subscription = made ?? (await existing(topics, topic, protocol, endpoint, attributes));
    if (token !== undefined && subscription.state === "pending") {
      const isNew = made !== undefined;
      if (isNew || (await topics.subscriptions.askAgain(subscription.uuid, token))) {
        if (!isNew && !(await topics.mayAsk(owner, protocol, endpoint))) throw tooManyConfirmations();
        await topics.sendConfirmation(topic, subscription, "SubscriptionConfirmation", token);
      }
    }
    const isShown = subscription.state === "confirmed" || input.ReturnSubscriptionArn === true;
    return { SubscriptionArn: isShown ? subscriptionArn(subscription) : "pending confirmation" };
  },
});

function tooManyConfirmations(): ThrottlingException {
  return new ThrottlingException(
    "Rate exceeded: the endpoint was asked too often to confirm subscriptions of this account.",
  );
}

/** Subscribing an endpoint again is no error when the subscription would be the same. */
async function existing(
  { subscriptions, directory }: SnsDeps["topics"],
  topic: Topic,
  protocol: string,
  endpoint: string,
  attributes: Readonly<Record<string, string>>,
): Promise<SnsSubscriptionRecord> {
  const found = await subscriptions.findByEndpoint(topic.id, protocol, endpoint);
  if (!found) {
    directory.forget(topic);
    throw noSuchTopic();
  }
  if (Object.entries(attributes).some(([name, value]) => (found.attributes[name] ?? USUAL[name]) !== value)) {
    throw invalidParameter("Attributes", "Subscription already exists with different attributes");
  }
  return found;
}

const USUAL: Readonly<Record<string, string>> = { RawMessageDelivery: "false", FilterPolicyScope: "MessageAttributes" };
