import { compileFilterPolicy, FilterPolicyError } from "@hearth/patterns";
import type { SnsSubscriptionRecord } from "@hearth/store";
import { parseQueueArn } from "@hearth/queues";
import { effectiveDeliveryPolicy, refusalOfDeliveryPolicy, subscriptionArn, type Topic } from "@hearth/topics";
import { invalidParameter } from "./errors.ts";

type Texts = Readonly<Record<string, string>>;

/** What attributes are checked against. */
export interface Subscribing extends Pick<SnsSubscriptionRecord, "protocol" | "owner" | "region"> {
  readonly isFifo: boolean;
}

const RAW: ReadonlySet<string> = new Set(["sqs", "http", "https"]);
const NAMES: ReadonlySet<string> = new Set([
  "DeliveryPolicy",
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
  "ReplayPolicy",
  "SubscriptionRoleArn",
]);

/**
 * The attributes after `given` was set. Throws AWS's error for what is not allowed. Errors of Subscribe say that it is about `Attributes`.
 * https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
 */
export function withSubscriptionAttributes(
  present: Texts,
  given: Texts,
  subscribing: Subscribing,
  within: "Attributes" | "AttributeName",
): Texts {
  const refuse = (reason: string): never => {
    throw within === "Attributes" ? invalidParameter("Attributes", reason) : invalidParameter(reason);
  };
  const result: Record<string, string> = { ...present };
  for (const [name, value] of Object.entries(given)) {
    if (!NAMES.has(name)) refuse(within === "Attributes" ? `Unknown attribute: ${name}` : "AttributeName");
    if (value.includes("\0") || !value.isWellFormed()) refuse(`${name}: invalid characters`);
    if (value === "" || ((name === "FilterPolicy" || name === "ReplayPolicy") && isEmptyObject(value))) {
      delete result[name];
      continue;
    }
    const reason = reasonAgainst(name, value, subscribing);
    if (reason !== undefined) refuse(reason);
    result[name] = name === "RawMessageDelivery" ? value.toLowerCase() : value;
  }
  const { FilterPolicy, FilterPolicyScope } = result;
  if (FilterPolicy !== undefined && ("FilterPolicy" in given || "FilterPolicyScope" in given)) {
    try {
      compileFilterPolicy(FilterPolicy, FilterPolicyScope === "MessageBody" ? "MessageBody" : "MessageAttributes");
    } catch (error) {
      if (error instanceof FilterPolicyError) refuse(`FilterPolicy: ${error.message}`);
      throw error;
    }
  }
  return result;
}

function reasonAgainst(name: string, value: string, subscribing: Subscribing): string | undefined {
  switch (name) {
    case "RawMessageDelivery":
      if (!/^(?:true|false)$/i.test(value))
        return `RawMessageDelivery: Invalid value [${value}]. Must be true or false.`;
      return RAW.has(subscribing.protocol) || value.toLowerCase() === "false"
        ? undefined
        : `RawMessageDelivery: Delivery protocol [${subscribing.protocol}] does not support raw message delivery.`;
    case "FilterPolicyScope":
      return value === "MessageBody" || value === "MessageAttributes"
        ? undefined
        : `FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`;
    case "DeliveryPolicy": {
      const reason = refusalOfDeliveryPolicy(value, "subscription");
      return reason === undefined ? undefined : `DeliveryPolicy: ${reason}`;
    }
    case "RedrivePolicy": {
      const reason = reasonAgainstRedrive(value, subscribing);
      return reason === undefined ? undefined : `RedrivePolicy: ${reason}`;
    }
    case "ReplayPolicy":
      return "ReplayPolicy: Hearth does not archive messages";
    case "SubscriptionRoleArn":
      return "SubscriptionRoleArn: only subscriptions of Firehose have a role";
    default:
      return undefined;
  }
}

function reasonAgainstRedrive(value: string, { owner, region, isFifo }: Subscribing): string | undefined {
  const policy = parse(value);
  if (!isObject(policy)) return "failed to parse JSON";
  const { deadLetterTargetArn, ...others } = policy as { readonly deadLetterTargetArn?: unknown };
  if (Object.keys(others).length > 0) return `unexpected JSON member: ${Object.keys(others)[0]}`;
  const queue = typeof deadLetterTargetArn === "string" ? parseQueueArn(deadLetterTargetArn) : undefined;
  if (!queue) return "deadLetterTargetArn is an invalid arn";
  if (queue.accountId !== owner || queue.region !== region) {
    return "deadLetterTargetArn must be a queue in the account and region of the subscription";
  }
  return queue.QueueName.endsWith(".fifo") === isFifo
    ? undefined
    : "the type of the dead-letter queue must match the type of the topic";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmptyObject(text: string): boolean {
  const value = parse(text);
  return isObject(value) && Object.keys(value).length === 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** All attributes of a subscription, as GetSubscriptionAttributes shows them. */
export function shownSubscriptionAttributes(subscription: SnsSubscriptionRecord, topic: Topic): Texts {
  const { attributes, protocol } = subscription;
  const isHttp = protocol === "http" || protocol === "https";
  return {
    SubscriptionPrincipal: subscription.principal,
    Owner: subscription.owner,
    RawMessageDelivery: "false",
    TopicArn: topic.arn,
    Endpoint: subscription.endpoint,
    Protocol: protocol,
    PendingConfirmation: String(subscription.state === "pending"),
    ConfirmationWasAuthenticated: String(subscription.wasAuthenticated),
    SubscriptionArn: subscriptionArn(subscription),
    ...(attributes["FilterPolicy"] !== undefined && { FilterPolicyScope: "MessageAttributes" }),
    ...attributes,
    ...(isHttp && {
      EffectiveDeliveryPolicy: JSON.stringify(
        effectiveDeliveryPolicy(topic.attributes["DeliveryPolicy"], attributes["DeliveryPolicy"]),
      ),
    }),
  };
}
