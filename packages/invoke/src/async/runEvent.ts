import type { Random } from "@hearth/kit";
import { LATEST } from "@hearth/model";
import type { ClaimedEvent, FunctionIndex, Settlement } from "@hearth/store";
import type { InvocationRequest, Invoking } from "../invocationRequest.ts";
import { type RetryRules, rulesWith, settlementOfAge, settlementOfError, settlementOfResult } from "./retryRules.ts";

export interface RunEventDeps {
  readonly invoker: Pick<Invoking, "invoke">;
  /** Holds the function's own settings for retries and the maximum age of events. */
  readonly index: Pick<FunctionIndex, "load">;
  readonly random: Random;
}

/**
 * Runs one claimed event and resolves with what becomes of it: finished, to be retried, or handed back to other workers because `signal` aborted before
 * the function got it. Never rejects.
 */
export async function runEvent(
  event: ClaimedEvent,
  defaults: RetryRules,
  deps: RunEventDeps,
  signal: AbortSignal,
): Promise<Settlement> {
  try {
    const rules = await rulesOf(event, defaults, deps);
    const tooOld = settlementOfAge(event, rules);
    if (tooOld) return tooOld;
    const result = await deps.invoker.invoke(requestOf(event), signal);
    return settlementOfResult(event, result, rules);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { kind: "handBack" };
    return settlementOfError(event, error, defaults, deps.random);
  }
}

/** `defaults` with the settings of the alias or version that the event was sent to, or of `$LATEST`. */
async function rulesOf(event: ClaimedEvent, defaults: RetryRules, { index }: RunEventDeps): Promise<RetryRules> {
  const fn = await index.load(event, event.FunctionName);
  return rulesWith(defaults, fn?.eventInvokeConfigs?.get(event.Qualifier ?? LATEST));
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
