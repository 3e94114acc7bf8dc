import { type Backoff, backoffMs, type Random } from "@hearth/kit";
import {
  AwsError,
  InvalidRequestContentException,
  type Outcome,
  RecursiveInvocationException,
  RequestTooLargeException,
  ResourceNotFoundException,
} from "@hearth/model";
import type { ClaimedEvent, IndexedEventInvokeConfig, Settlement } from "@hearth/store";
import type { InvocationResult } from "../invocationRequest.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export interface RetryRules {
  /** The delay before each retry of a function error; there are as many retries as delays. */
  readonly functionErrorDelaysMs: readonly number[];
  /** For throttles and errors of the platform, which are retried until the event is too old. */
  readonly systemBackoff: Backoff;
  readonly maxAgeMs: number;
}

export const AWS_RETRY_RULES: RetryRules = {
  functionErrorDelaysMs: [60_000, 120_000],
  systemBackoff: { baseMs: 1_000, maxMs: 300_000 },
  maxAgeMs: 6 * 3_600_000,
};

/** `rules` with the settings of the function's owner. */
export function rulesWith(rules: RetryRules, config: IndexedEventInvokeConfig = {}): RetryRules {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = config;
  return {
    ...rules,
    functionErrorDelaysMs: rules.functionErrorDelaysMs.slice(0, MaximumRetryAttempts),
    ...(MaximumEventAgeInSeconds !== undefined && { maxAgeMs: MaximumEventAgeInSeconds * 1_000 }),
  };
}

/** The settlement of an event whose run ended with `result`. */
export function settlementOfResult(event: ClaimedEvent, result: InvocationResult, rules: RetryRules): Settlement {
  const { outcome, ExecutedVersion } = result;
  if (outcome.kind === "success") return { kind: "finish", condition: "Success", executedVersion: ExecutedVersion };
  const error = errorText(outcome);
  const delayMs = rules.functionErrorDelaysMs[event.functionErrors];
  const retry = { kind: "retry", cause: "functionError", error, status: STATUS_OF_RUN } as const;
  if (delayMs !== undefined) return { ...retry, delayMs: withinAge(event, delayMs, rules) };
  const finish = { kind: "finish", condition: "RetriesExhausted" } as const;
  return { ...finish, executedVersion: ExecutedVersion, error, status: STATUS_OF_RUN };
}

/** As of Invoke's answer when the function ran, whether or not it failed. */
const STATUS_OF_RUN = 200;
/** Later than the maximum age by this much, so that an event that is claimed then is too old. */
const PAST_AGE_MS = 50;

/** `delayMs`, or the time until the event is too old, when that comes first: its owner learns then that it has failed. */
function withinAge(event: ClaimedEvent, delayMs: number, rules: RetryRules): number {
  return Math.min(delayMs, Math.max(0, rules.maxAgeMs - event.ageMs) + PAST_AGE_MS);
}

/** Errors that a retry cannot cure. */
const REJECTIONS = [InvalidRequestContentException, RequestTooLargeException, RecursiveInvocationException] as const;

/** The settlement of an event that could not be run because of `error`. */
export function settlementOfError(event: ClaimedEvent, error: unknown, rules: RetryRules, random: Random): Settlement {
  const text = error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
  const status = error instanceof AwsError ? error.httpStatus : 500;
  if (error instanceof ResourceNotFoundException) {
    return { kind: "finish", condition: "FunctionNotFound", error: text, status };
  }
  if (REJECTIONS.some((rejection) => error instanceof rejection)) {
    return { kind: "finish", condition: "Rejected", error: text, status };
  }
  const delayMs = backoffMs(event.systemRetries + 1, rules.systemBackoff, random);
  return { kind: "retry", cause: "system", delayMs: withinAge(event, delayMs, rules), error: text, status };
}

/**
 * The settlement of an event that is not to be run at all: it has become too old, or its function's reserved concurrency is 0; `undefined` when it may
 * run. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function settlementWithoutRun(
  event: ClaimedEvent,
  rules: RetryRules,
  ReservedConcurrentExecutions: number | undefined,
): Settlement | undefined {
  if (ReservedConcurrentExecutions === 0) {
    const error = "The function was not invoked because its reserved concurrency is 0.";
    return { kind: "finish", condition: "ZeroReservedConcurrency", error, status: THROTTLED };
  }
  if (event.ageMs <= rules.maxAgeMs) return undefined;
  return { kind: "finish", condition: "EventAgeExceeded" };
}

const THROTTLED = 429;

function errorText(outcome: Exclude<Outcome, { readonly kind: "success" }>): string {
  return Buffer.from(outcome.payload).toString("utf8");
}
