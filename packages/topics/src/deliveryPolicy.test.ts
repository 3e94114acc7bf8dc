import { expect, test } from "vitest";
import { effectiveDeliveryPolicy, refusalOfDeliveryPolicy, retriesOf } from "./deliveryPolicy.ts";

const retries = (more: object) =>
  retriesOf(effectiveDeliveryPolicy(undefined, JSON.stringify({ healthyRetryPolicy: more })).healthyRetryPolicy);

test("without a policy an endpoint is tried four times, 20 seconds apart", () => {
  expect(retries({})).toEqual({ maxAttempts: 4, backoff: { delaysMs: [20_000, 20_000, 20_000] } });
});

test("the phases follow each other: no delay, shortest delay, backoff, longest delay", () => {
  const phases = { numRetries: 9, numNoDelayRetries: 1, numMinDelayRetries: 2, numMaxDelayRetries: 1 };
  const delays = { minDelayTarget: 1, maxDelayTarget: 5 };
  expect(retries({ ...phases, ...delays })).toEqual({
    maxAttempts: 10,
    backoff: { delaysMs: [0, 1_000, 1_000, 1_000, 2_000, 3_000, 4_000, 5_000, 5_000] },
  });
  const exponential = retries({ ...delays, numRetries: 5, backoffFunction: "exponential" });
  expect(exponential.backoff).toEqual({ delaysMs: [1_000, 1_018, 1_121, 1_704, 5_000] });
  expect(retries({ numRetries: 0 })).toEqual({ maxAttempts: 1 });
});

test("a subscription's own policy wins, unless the topic forbids it", () => {
  const own = JSON.stringify({ healthyRetryPolicy: { numRetries: 7 }, throttlePolicy: { maxReceivesPerSecond: 3 } });
  const topic = (disableSubscriptionOverrides: boolean) =>
    JSON.stringify({ http: { defaultHealthyRetryPolicy: { numRetries: 5 }, disableSubscriptionOverrides } });
  expect(effectiveDeliveryPolicy(topic(false), own)).toMatchObject({
    healthyRetryPolicy: { numRetries: 7 },
    throttlePolicy: { maxReceivesPerSecond: 3 },
  });
  const forced = effectiveDeliveryPolicy(topic(true), own);
  expect([forced.healthyRetryPolicy.numRetries, forced.throttlePolicy]).toEqual([5, undefined]);
});

test.for<[string, "topic" | "subscription", string]>([
  ["x", "topic", "failed to parse JSON"],
  ['{"https":{}}', "topic", "Unexpected JSON member"],
  ['{"http":{"healthyRetryPolicy":{}}}', "topic", "Unexpected JSON member: healthyRetryPolicy"],
  ['{"healthyRetryPolicy":{"minDelayTarget":0}}', "subscription", "minDelayTarget must be between 1 and 3600"],
  ['{"healthyRetryPolicy":{"minDelayTarget":30}}', "subscription", "maxDelayTarget must be greater"],
  ['{"healthyRetryPolicy":{"numRetries":101}}', "subscription", "numRetries must be between 0 and 100"],
  ['{"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}}', "subscription", "the sum of all retries in phases"],
  ['{"healthyRetryPolicy":{"backoffFunction":"cubic"}}', "subscription", "backoffFunction must be one of"],
  ['{"throttlePolicy":{"maxReceivesPerSecond":0}}', "subscription", "maxReceivesPerSecond must be at least 1"],
  [
    '{"requestPolicy":{"headerContentType":"text/plain\\r\\nA: b"}}',
    "subscription",
    "headerContentType is not supported",
  ],
])("%s of a %s is refused", ([text, kind, reason]) => {
  expect(refusalOfDeliveryPolicy(text, kind)).toContain(reason);
});
