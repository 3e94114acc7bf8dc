import { exitOutcome, restoreTimedOutOutcome, timedOutOutcome } from "./faults.ts";
import { type InitFailure, RESTORE_TIMEOUT_MS } from "./initialisation.ts";
import type { RunningInvocation } from "./runningInvocation.ts";

/** Ends an invocation whose function could not be initialised within it. */
export function finishFailedInit(
  running: RunningInvocation,
  failure: InitFailure,
  timeoutMs: number,
  memoryBytes: number,
): void {
  const { requestId } = running;
  if (failure.kind === "timeout" && failure.restoreMs === RESTORE_TIMEOUT_MS) {
    running.answer(restoreTimedOutOutcome(requestId, failure.restoreMs), "failure", undefined, memoryBytes);
  } else if (failure.kind === "timeout") {
    const fault = { kind: "timeout", afterMs: timeoutMs } as const;
    running.answer(timedOutOutcome(requestId, timeoutMs), "timeout", fault, memoryBytes);
  } else if (failure.kind === "exit") {
    running.answer(exitOutcome(requestId, failure.fault), "failure", failure.fault, memoryBytes);
  } else {
    const { payload, errorType } = failure;
    running.answer({ kind: "functionError", payload, errorType }, "failure", undefined, memoryBytes);
  }
  running.over(memoryBytes);
}
