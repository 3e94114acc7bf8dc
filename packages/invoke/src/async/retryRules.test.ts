import { systemRandom } from "@hearth/kit";
import { ResourceNotFoundException, ServiceException, TooManyRequestsException } from "@hearth/model";
import type { ClaimedEvent } from "@hearth/store";
import { expect, test } from "vitest";
import type { InvocationResult } from "../invocationRequest.ts";
import {
  AWS_RETRY_RULES,
  rulesWith,
  settlementWithoutRun,
  settlementOfError,
  settlementOfResult,
} from "./retryRules.ts";

const event = (more: Partial<ClaimedEvent> = {}): ClaimedEvent => ({
  id: "1",
  accountId: "000000000000",
  region: "us-east-1",
  FunctionName: "f",
  payload: Buffer.from("{}"),
  ageMs: 0,
  run: 1,
  functionErrors: 0,
  systemRetries: 0,
  hops: 0,
  ...more,
});
const failed: InvocationResult = {
  outcome: { kind: "functionError", payload: Buffer.from('{"errorMessage":"no"}'), errorType: "Error" },
  ExecutedVersion: "1",
};

test("a function error is retried after one minute, after two more, and then given up", () => {
  expect(settlementOfResult(event(), failed, AWS_RETRY_RULES)).toMatchObject({
    kind: "retry",
    cause: "functionError",
    delayMs: 60_000,
  });
  expect(settlementOfResult(event({ functionErrors: 1 }), failed, AWS_RETRY_RULES)).toMatchObject({
    kind: "retry",
    delayMs: 120_000,
  });
  expect(settlementOfResult(event({ functionErrors: 2 }), failed, AWS_RETRY_RULES)).toEqual({
    kind: "finish",
    condition: "RetriesExhausted",
    executedVersion: "1",
    error: '{"errorMessage":"no"}',
    status: 200,
  });
});

test("an owner's settings reduce the retries and the maximum age, and change nothing else", () => {
  expect(rulesWith(AWS_RETRY_RULES)).toEqual(AWS_RETRY_RULES);
  expect(rulesWith(AWS_RETRY_RULES, { MaximumRetryAttempts: 1 })).toEqual({
    ...AWS_RETRY_RULES,
    functionErrorDelaysMs: [60_000],
  });
  const none = rulesWith(AWS_RETRY_RULES, { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  expect(settlementOfResult(event(), failed, none)).toMatchObject({ condition: "RetriesExhausted" });
  expect(settlementWithoutRun(event({ ageMs: 60_001 }), none, undefined)).toMatchObject({
    condition: "EventAgeExceeded",
  });
});

test("throttles and platform errors are retried with delays from one second to five minutes", () => {
  const delay = (systemRetries: number, error: Error): number => {
    const settlement = settlementOfError(event({ systemRetries }), error, AWS_RETRY_RULES, systemRandom);
    if (settlement.kind !== "retry" || settlement.cause !== "system") throw new Error("not retried");
    return settlement.delayMs;
  };
  expect(delay(0, new TooManyRequestsException("ConcurrentInvocationLimitExceeded"))).toBeLessThanOrEqual(1_000);
  expect(delay(3, new ServiceException("no"))).toBeGreaterThanOrEqual(4_000);
  expect(delay(500, new Error("anything"))).toBeLessThanOrEqual(300_000);
  expect(delay(500, new Error("anything"))).toBeGreaterThanOrEqual(150_000);
});

test("an event whose function was deleted is given up, and one that is too old is not run", () => {
  expect(
    settlementOfError(event(), new ResourceNotFoundException("gone"), AWS_RETRY_RULES, systemRandom),
  ).toMatchObject({ condition: "FunctionNotFound" });
  expect(settlementWithoutRun(event({ ageMs: AWS_RETRY_RULES.maxAgeMs }), AWS_RETRY_RULES, 1)).toBeUndefined();
  expect(settlementWithoutRun(event({ ageMs: AWS_RETRY_RULES.maxAgeMs + 1 }), AWS_RETRY_RULES, 1)).toMatchObject({
    condition: "EventAgeExceeded",
  });
});

test("no retry waits beyond the maximum age: the event is given up then", () => {
  const rules = rulesWith(AWS_RETRY_RULES, { MaximumEventAgeInSeconds: 90 });
  const late = settlementOfResult(event({ functionErrors: 1, ageMs: 61_000 }), failed, rules);
  if (late.kind !== "retry") throw new Error("not retried");
  expect(late.delayMs).toBeLessThan(30_000);
  expect(settlementWithoutRun(event({ ageMs: 61_000 + late.delayMs }), rules, undefined)).toMatchObject({
    condition: "EventAgeExceeded",
  });
});

test("an event of a function whose reserved concurrency is 0 is given up at once, however young", () => {
  expect(settlementWithoutRun(event(), AWS_RETRY_RULES, 0)).toMatchObject({
    condition: "ZeroReservedConcurrency",
    status: 429,
  });
});
