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
  if (delayMs !== undefined) return { kind: "retry", cause: "functionError", delayMs, error };
  return { kind: "finish", condition: "RetriesExhausted", executedVersion: ExecutedVersion, error };
}

/** Errors that a retry cannot cure. */
const REJECTIONS = [InvalidRequestContentException, RequestTooLargeException, RecursiveInvocationException] as const;

/** The settlement of an event that could not be run because of `error`. */
export function settlementOfError(event: ClaimedEvent, error: unknown, rules: RetryRules, random: Random): Settlement {
  const text = error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
  if (error instanceof ResourceNotFoundException) return { kind: "finish", condition: "FunctionNotFound", error: text };
  if (REJECTIONS.some((rejection) => error instanceof rejection)) {
    return { kind: "finish", condition: "Rejected", error: text };
  }
  const delayMs = backoffMs(event.systemRetries + 1, rules.systemBackoff, random);
  return { kind: "retry", cause: "system", delayMs, error: text };
}

/** The settlement of an event that has become too old to run; `undefined` when it may run. */
export function settlementOfAge(event: ClaimedEvent, rules: RetryRules): Settlement | undefined {
  if (event.ageMs <= rules.maxAgeMs) return undefined;
  return { kind: "finish", condition: "EventAgeExceeded" };
}

function errorText(outcome: Exclude<Outcome, { readonly kind: "success" }>): string {
  return Buffer.from(outcome.payload).toString("utf8");
}
