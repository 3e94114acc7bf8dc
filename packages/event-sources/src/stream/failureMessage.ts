import { type FunctionSender, functionArn, LATEST, type OutgoingMessage } from "@hearth/model";
import type { MappedSource } from "../eventSource.ts";
import type { BatchRun } from "../runBatch.ts";

/** Why records of a stream were given up. */
export type GivenUp = "RetryAttemptsExhausted" | "RecordAgeExceeded" | "RecursiveLoop";

export interface Failure {
  readonly condition: GivenUp;
  /** The last call of the function; absent when it was never called with these records. */
  readonly run?: Extract<BatchRun, { readonly kind: "failed" | "success" }> | undefined;
  readonly invocations: number;
  readonly batchInfo: Readonly<Record<string, unknown>>;
}

/**
 * What an on-failure destination gets about records of a stream: where they lie, not what is in them.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function failureMessage(
  mapping: MappedSource,
  sender: FunctionSender,
  { condition, run, invocations, batchInfo }: Failure,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): OutgoingMessage | undefined {
  const TargetArn = mapping.settings.DestinationConfig?.OnFailure?.Destination;
  if (!TargetArn) return undefined;
  const { Qualifier = LATEST } = mapping;
  const result = run?.result;
  const body = {
    requestContext: {
      requestId: run?.requestId ?? id,
      functionArn: functionArn({ ...mapping, Qualifier: Qualifier === LATEST ? undefined : Qualifier }),
      condition,
      approximateInvokeCount: invocations,
    },
    ...(result && {
      responseContext: {
        statusCode: 200,
        executedVersion: result.ExecutedVersion,
        functionError: result.outcome.kind === "success" ? null : "Unhandled",
      },
    }),
    version: "1.0",
    timestamp: new Date(nowMs).toISOString(),
    ...batchInfo,
  };
  return {
    id,
    eventId: run?.requestId ?? id,
    sender,
    purpose: "OnFailure",
    TargetArn,
    body: Buffer.from(JSON.stringify(body)),
    attributes: {},
    hops: 1,
  };
}
