import { storableText } from "@hearth/kit";

export type FinishCondition =
  | "Success"
  | "RetriesExhausted"
  | "EventAgeExceeded"
  | "ZeroReservedConcurrency"
  | "FunctionNotFound"
  | "Rejected"
  | "Cancelled";

/** What is kept of a function's answer. */
export interface EventAnswer {
  readonly bytes: number;
  /** The beginning. */
  readonly text: string;
  /** Of the whole answer, where `text` is not all of it. */
  readonly sha256?: string;
}

/** How a run ended. */
export type Settlement =
  | {
      readonly kind: "finish";
      readonly condition: FinishCondition;
      readonly executedVersion?: string;
      readonly error?: string;
      /** As an answer's HTTP status; 200 when the function ran and failed. */
      readonly status?: number;
      /** Of a run that has succeeded. */
      readonly answer?: EventAnswer;
      /** How long the run took; absent when there was none. */
      readonly durationMs?: number;
    }
  /** The event is to run again after `delayMs`. Throttles and failures of the platform do not count as retries. */
  | {
      readonly kind: "retry";
      readonly cause: "functionError" | "system";
      readonly delayMs: number;
      readonly error: string;
      readonly status?: number;
      /** How long the run took; absent when there was none. */
      readonly durationMs?: number;
    }
  /** The event was not run: same state as if it had never been claimed. */
  | { readonly kind: "handBack" };

const ERROR_CHARACTERS = 2_000;

/** The settlement with another error in place of one that PostgreSQL refuses. */
export function withoutTexts(settlement: Settlement): Settlement {
  const error = "The error of this run could not be stored.";
  if (settlement.kind === "finish") return { kind: "finish", condition: settlement.condition, error };
  return settlement.kind === "retry" ? { ...settlement, error } : settlement;
}

/** What the settlement writes into the columns of the event, by the names of `EventStore`'s statement. */
export function columnsOf(settlement: Settlement): object {
  const none = { delayMs: 0, unrun: 0, functionErrors: 0, systemRetries: 0 };
  if (settlement.kind === "handBack") return { ...none, state: "waiting", unrun: 1 };
  const error = settlement.error === undefined ? undefined : storableText(settlement.error, ERROR_CHARACTERS);
  const attempt = attemptOf(settlement, error);
  if (settlement.kind === "retry") {
    const { cause, delayMs } = settlement;
    return {
      ...none,
      attempt,
      state: "waiting",
      delayMs,
      error,
      status: settlement.status,
      [cause === "functionError" ? "functionErrors" : "systemRetries"]: 1,
    };
  }
  const { condition, executedVersion, status } = settlement;
  const state = condition === "Success" ? "succeeded" : "failed";
  return { ...none, state, condition, executedVersion, error, status, attempt };
}

const ATTEMPT_ERROR_CHARACTERS = 500;

/** What is kept about a run; `undefined` when there was none. */
function attemptOf(
  settlement: Exclude<Settlement, { kind: "handBack" }>,
  error: string | undefined,
): object | undefined {
  const { durationMs, status } = settlement;
  if (durationMs === undefined) return undefined;
  const outcome = settlement.kind === "retry" ? settlement.cause : settlement.condition;
  const answer = settlement.kind === "finish" ? settlement.answer : undefined;
  return {
    durationMs,
    outcome,
    status,
    error: error?.slice(0, ATTEMPT_ERROR_CHARACTERS).toWellFormed(),
    ...(answer && { answer: { ...answer, text: storableText(answer.text, answer.text.length) } }),
  };
}
