import type { Clock, Random } from "@hearth/kit";
import { LATEST } from "@hearth/model";
import type { ClaimedEvent, FunctionIndex, IndexedFunction, Settlement } from "@hearth/store";
import type { InvocationRequest, InvocationResult, Invoking } from "../invocationRequest.ts";
import { answerOf } from "./answerOf.ts";
import {
  type RetryRules,
  rulesWith,
  settlementOfError,
  settlementOfResult,
  settlementWithoutRun,
} from "./retryRules.ts";

export interface RunEventDeps {
  readonly invoker: Pick<Invoking, "invoke">;
  /** Holds the function's own settings for retries and the maximum age of events. */
  readonly index: Pick<FunctionIndex, "load">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly random: Random;
}

/** What became of an event. */
export interface EventRun {
  readonly settlement: Settlement;
  /** The function as it was when the event was run; absent when it does not exist or could not be read. */
  readonly fn?: IndexedFunction | undefined;
  /** Absent when the event was not run. */
  readonly result?: InvocationResult;
}

/**
 * Runs one claimed event and resolves with what becomes of it: finished, to be retried, or handed back to other workers because `signal` aborted before
 * the function got it. Never rejects.
 */
export async function runEvent(
  event: ClaimedEvent,
  defaults: RetryRules,
  { index, invoker, clock, random }: RunEventDeps,
  signal: AbortSignal,
): Promise<EventRun> {
  let fn: IndexedFunction | undefined;
  let rules = defaults;
  const startedMs = clock.monotonicMs();
  const timed = (settlement: Settlement): Settlement =>
    settlement.kind === "handBack" ? settlement : { ...settlement, durationMs: clock.monotonicMs() - startedMs };
  try {
    fn = await index.load(event, event.FunctionName, event.Qualifier);
    // The settings of the alias or version that the event was sent to, or of `$LATEST`.
    rules = rulesWith(defaults, fn?.eventInvokeConfigs?.get(event.Qualifier ?? LATEST));
    const notRun = settlementWithoutRun(event, rules, fn?.ReservedConcurrentExecutions);
    if (notRun) return { settlement: notRun, fn };
    const result = await invoker.invoke(requestOf(event), signal);
    const settlement = settlementOfResult(event, result, rules);
    const answered = result.outcome.kind === "success" && settlement.kind === "finish";
    return {
      settlement: timed(answered ? { ...settlement, answer: answerOf(result.outcome.payload) } : settlement),
      fn,
      result,
    };
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { settlement: { kind: "handBack" } };
    return { settlement: timed(settlementOfError(event, error, rules, random)), fn };
  }
}

function requestOf(event: ClaimedEvent): InvocationRequest {
  const { id, accountId, region, FunctionName, Qualifier, payload, traceId } = event;
  return {
    accountId,
    region,
    FunctionName,
    payload,
    requestId: id,
    isEvent: true,
    ...(Qualifier !== undefined && { Qualifier }),
    ...(traceId !== undefined && { traceId }),
  };
}
