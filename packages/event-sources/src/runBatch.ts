import type { Logger, Random } from "@hearth/kit";
import { type InvocationResult, type Invoking, isLoop, mergedTrace } from "@hearth/invoke";
import {
  AwsError,
  functionArn,
  InvalidRequestContentException,
  RecursiveInvocationException,
  RequestTooLargeException,
  ResourceNotFoundException,
} from "@hearth/model";
import type { MappedSource, SourceRecord } from "./eventSource.ts";

export interface RunBatchDeps {
  readonly invoking: Pick<Invoking, "invoke">;
  readonly random: Random;
  readonly logger: Logger;
}

/** What became of one call of the function. */
export type BatchRun =
  /** It ran, and answered with this. */
  | { readonly kind: "success"; readonly requestId: string; readonly result: InvocationResult }
  /** It ran and failed, or its event is one that it can never run with. */
  | { readonly kind: "failed"; readonly requestId: string; readonly result?: InvocationResult; readonly error: string }
  /** It did not run for a reason that may pass: throttling, a function that is not ready or does not exist, trouble of the platform. */
  | { readonly kind: "notNow"; readonly error: string }
  /** It did not run because it triggers itself. */
  | { readonly kind: "loop"; readonly error: string }
  /** It did not run because `signal` aborted. */
  | { readonly kind: "stopped" };

/** Calls the function of a mapping with one event. Never rejects. */
export async function runBatch(
  mapping: MappedSource,
  event: string,
  records: readonly SourceRecord[],
  { invoking, random, logger }: RunBatchDeps,
  signal: AbortSignal,
): Promise<BatchRun> {
  const { accountId, region, FunctionName, Qualifier, UUID } = mapping;
  const requestId = random.uuid();
  const traceId = mergedTrace(records.map((record) => record.traceId));
  const request = {
    accountId,
    region,
    FunctionName,
    ...(Qualifier !== undefined && { Qualifier }),
    payload: Buffer.from(event),
    requestId,
    isEvent: true,
    ...(traceId !== undefined && { traceId }),
  };
  try {
    const result = await invoking.invoke(request, signal);
    if (result.outcome.kind === "success") return { kind: "success", requestId, result };
    return { kind: "failed", requestId, result, error: errorOf(result) };
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { kind: "stopped" };
    if (error instanceof RecursiveInvocationException) return { kind: "loop", error: error.message };
    if (error instanceof RequestTooLargeException || error instanceof InvalidRequestContentException) {
      return { kind: "failed", requestId, error: error.message };
    }
    if (error instanceof AwsError) return { kind: "notNow", error: describe(error) };
    logger.error({ err: error, accountId, region, FunctionName, UUID }, "could not call the function of a mapping");
    return { kind: "notNow", error: "The function could not be run." };
  }
}

/** Of the records of a batch that was stopped as a loop: those that are part of one. */
export function loopingRecords<Record extends SourceRecord>(
  mapping: MappedSource,
  records: readonly Record[],
): readonly Record[] {
  const arn = functionArn({ ...mapping, Qualifier: undefined });
  const looping = records.filter(({ traceId }) => isLoop(traceId, arn));
  return looping.length > 0 ? looping : records;
}

function describe(error: AwsError): string {
  if (error instanceof ResourceNotFoundException) return "The function does not exist.";
  return `${error.code}: ${error.message}`;
}

function errorOf({ outcome }: InvocationResult): string {
  if (outcome.kind === "timedOut") return `timed out after ${outcome.afterMs} ms`;
  return outcome.kind === "functionError" ? outcome.errorType : "";
}
