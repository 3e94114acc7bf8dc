import type { RetryPolicy } from "@hearth/model";

export interface HealthyRetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numMaxDelayRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly backoffFunction: "linear" | "arithmetic" | "geometric" | "exponential";
}

/** How HTTP endpoints get messages, as GetTopicAttributes and GetSubscriptionAttributes show it. */
export interface EffectiveDeliveryPolicy {
  readonly healthyRetryPolicy: HealthyRetryPolicy;
  readonly throttlePolicy?: { readonly maxReceivesPerSecond: number };
  readonly requestPolicy: { readonly headerContentType: string };
}

type Json = Readonly<Record<string, unknown>>;

const DEFAULT_RETRIES: HealthyRetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: "linear",
};
const DEFAULT_REQUEST = { headerContentType: "text/plain; charset=UTF-8" };
const FUNCTIONS: ReadonlySet<unknown> = new Set(["linear", "arithmetic", "geometric", "exponential"]);
const MAX_DELAY_S = 3_600;
const MAX_RETRIES = 100;
const CONTENT_TYPE = /^(?:text|application)\/[\w.+-]{1,100}(?:; ?charset=[\w-]{1,40})?$/i;

/** The policy of a topic, whose members are optional, with AWS's defaults filled in. */
export function topicDeliveryPolicy(policy: string | undefined): Json {
  const { http = {} } = (policy === undefined ? {} : JSON.parse(policy)) as { http?: Json };
  const { defaultHealthyRetryPolicy, defaultThrottlePolicy, defaultRequestPolicy, disableSubscriptionOverrides } = http;
  return {
    http: {
      defaultHealthyRetryPolicy: { ...DEFAULT_RETRIES, ...(defaultHealthyRetryPolicy as object) },
      disableSubscriptionOverrides: disableSubscriptionOverrides === true,
      ...(isObject(defaultThrottlePolicy) && { defaultThrottlePolicy }),
      defaultRequestPolicy: { ...DEFAULT_REQUEST, ...(defaultRequestPolicy as object) },
    },
  };
}

/** The policy of a subscription: its own, and its topic's for what it does not say. */
export function effectiveDeliveryPolicy(
  ofTopic: string | undefined,
  ofSubscription: string | undefined,
): EffectiveDeliveryPolicy {
  const { http } = topicDeliveryPolicy(ofTopic) as { http: Json };
  const own = (
    ofSubscription === undefined || http["disableSubscriptionOverrides"] === true ? {} : JSON.parse(ofSubscription)
  ) as Json;
  const throttlePolicy = own["throttlePolicy"] ?? http["defaultThrottlePolicy"];
  return {
    healthyRetryPolicy: {
      ...(http["defaultHealthyRetryPolicy"] as HealthyRetryPolicy),
      ...(own["healthyRetryPolicy"] as object),
    },
    ...(isObject(throttlePolicy) && { throttlePolicy: throttlePolicy as { maxReceivesPerSecond: number } }),
    requestPolicy: {
      ...(http["defaultRequestPolicy"] as EffectiveDeliveryPolicy["requestPolicy"]),
      ...(own["requestPolicy"] as object),
    },
  };
}

/** Why a delivery policy is refused; `undefined` when it is right. `prefix` is "default" for a topic's. */
export function refusalOfDeliveryPolicy(text: string, kind: "topic" | "subscription"): string | undefined {
  const document = parse(text);
  if (!isObject(document)) return "failed to parse JSON";
  const isTopic = kind === "topic";
  const scope = isTopic ? document["http"] : document;
  if (!isObject(scope) || (isTopic && Object.keys(document).length > 1)) return "Unexpected JSON member";
  const known = isTopic
    ? ["defaultHealthyRetryPolicy", "defaultThrottlePolicy", "defaultRequestPolicy", "disableSubscriptionOverrides"]
    : ["healthyRetryPolicy", "throttlePolicy", "requestPolicy", "sicklyRetryPolicy", "guaranteed"];
  const unexpected = Object.keys(scope).find((name) => !known.includes(name));
  if (unexpected !== undefined) return `Unexpected JSON member: ${unexpected}`;
  const member = (name: string): unknown =>
    scope[isTopic ? `default${name}` : `${name[0]?.toLowerCase()}${name.slice(1)}`];
  const overrides = scope["disableSubscriptionOverrides"];
  if (overrides !== undefined && typeof overrides !== "boolean")
    return "disableSubscriptionOverrides must be true or false";
  return (
    refusalOfRetries(member("HealthyRetryPolicy")) ??
    refusalOfThrottle(member("ThrottlePolicy")) ??
    refusalOfRequest(member("RequestPolicy"))
  );
}

function refusalOfRetries(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isObject(given)) return "healthyRetryPolicy must be an object";
  const policy = { ...DEFAULT_RETRIES, ...given };
  const wrong = Object.keys(given).find((name) => !Object.hasOwn(DEFAULT_RETRIES, name));
  if (wrong !== undefined) return `Unexpected JSON member: ${wrong}`;
  if (!FUNCTIONS.has(policy.backoffFunction))
    return "backoffFunction must be one of: linear, arithmetic, geometric, exponential";
  const whole = (value: unknown, min: number, max: number): boolean =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  if (!whole(policy.minDelayTarget, 1, MAX_DELAY_S)) return "minDelayTarget must be between 1 and 3600";
  if (!whole(policy.maxDelayTarget, 1, MAX_DELAY_S)) return "maxDelayTarget must be between 1 and 3600";
  if (policy.maxDelayTarget < policy.minDelayTarget)
    return "maxDelayTarget must be greater than or equal to minDelayTarget";
  if (!whole(policy.numRetries, 0, MAX_RETRIES)) return "numRetries must be between 0 and 100";
  const counts = [policy.numNoDelayRetries, policy.numMinDelayRetries, policy.numMaxDelayRetries];
  if (!counts.every((count) => whole(count, 0, MAX_RETRIES))) return "numbers of retries must be between 0 and 100";
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum > policy.numRetries
    ? "numRetries must be greater than or equal to the sum of all retries in phases"
    : undefined;
}

function refusalOfThrottle(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  const rate = isObject(given) ? given["maxReceivesPerSecond"] : undefined;
  return Number.isInteger(rate) && (rate as number) >= 1 ? undefined : "maxReceivesPerSecond must be at least 1";
}

function refusalOfRequest(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  const type = isObject(given) ? given["headerContentType"] : undefined;
  return typeof type === "string" && CONTENT_TYPE.test(type) ? undefined : "headerContentType is not supported";
}

/** How often, and after which delays, an HTTP endpoint is tried. https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
export function retriesOf(policy: HealthyRetryPolicy): RetryPolicy {
  const { minDelayTarget: min, maxDelayTarget: max, numRetries } = policy;
  const { numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy;
  const steps = Math.max(0, numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries);
  const seconds = [
    ...repeated(0, numNoDelayRetries),
    ...repeated(min, numMinDelayRetries),
    ...Array.from({ length: steps }, (_none, at) => min + (max - min) * share(policy.backoffFunction, at, steps)),
    ...repeated(max, numMaxDelayRetries),
  ];
  if (seconds.length === 0) return { maxAttempts: 1 };
  return { maxAttempts: numRetries + 1, backoff: { delaysMs: seconds.map((delay) => Math.round(delay * 1000)) } };
}

function repeated(value: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => value);
}

/** How much of the way from the shortest to the longest delay is gone at a step of the backoff phase. */
function share(curve: HealthyRetryPolicy["backoffFunction"], at: number, steps: number): number {
  const part = steps <= 1 ? 0 : at / (steps - 1);
  switch (curve) {
    case "linear":
      return part;
    case "arithmetic":
      return (part + part * part) / 2;
    case "geometric":
      return part * part;
    case "exponential":
      return (2 ** (10 * part) - 1) / (2 ** 10 - 1);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
