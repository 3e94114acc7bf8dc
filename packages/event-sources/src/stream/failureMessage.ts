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
  readonly shard: string;
  /** The event that the function has not processed; buckets get it too. */
  readonly event: string;
  readonly batchInfo: Readonly<Record<string, unknown>>;
}

/**
 * What an on-failure destination gets about records of a stream: where they lie, not what is in them. A bucket also gets the event, as text.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function failureMessage(
  mapping: MappedSource,
  sender: FunctionSender,
  { condition, run, invocations, shard, event, batchInfo }: Failure,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): OutgoingMessage | undefined {
  const TargetArn = mapping.settings.DestinationConfig?.OnFailure?.Destination;
  if (!TargetArn) return undefined;
  const { Qualifier = LATEST } = mapping;
  const result = run?.result;
  const isBucket = TargetArn.split(":")[2] === "s3";
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
    ...(isBucket && { payload: event }),
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
    ...(isBucket && { parameters: { folder: `aws/lambda/${mapping.UUID}/${shard}` } }),
  };
}
