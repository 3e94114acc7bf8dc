import { functionArn, LATEST } from "@hearth/model";
import type { ClaimedEvent, Settlement } from "@hearth/store";
import type { InvocationResult } from "../invocationRequest.ts";

type Finish = Extract<Settlement, { kind: "finish" }>;

/** The end of an event. */
export interface EndedEvent {
  readonly event: ClaimedEvent;
  readonly settlement: Finish;
  /** Absent when the last claim ended without a run. */
  readonly result?: InvocationResult | undefined;
}

/**
 * The record that destinations get. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * Requests and responses are put in as they are: parsing them could change their numbers.
 */
export function eventRecord({ event, settlement, result }: EndedEvent, nowMs: number): Uint8Array {
  const head = JSON.stringify({
    version: "1.0",
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: event.id,
      functionArn: functionArn({ ...event, Qualifier: event.Qualifier ?? LATEST }),
      condition: conditionOf(settlement),
      approximateInvokeCount: event.functionErrors + (result ? 1 : 0),
    },
  });
  const parts = [head.slice(0, -1), ',"requestPayload":', jsonOf(event.payload)];
  if (result) {
    const { outcome, ExecutedVersion } = result;
    const failed = outcome.kind !== "success";
    const context = {
      statusCode: 200,
      executedVersion: ExecutedVersion,
      ...(failed && { functionError: "Unhandled" }),
    };
    parts.push(',"responseContext":', JSON.stringify(context), ',"responsePayload":', jsonOf(outcome.payload));
  }
  return Buffer.concat([...parts, "}"].map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

/** The error of an event that was refused stands for its condition, because AWS has no other word for it. */
function conditionOf({ condition, error }: Finish): string {
  if (condition !== "Rejected") return condition;
  return /^\w+/.exec(error ?? "")?.[0] ?? condition;
}

/** `payload`, or a JSON string of its text when it is not JSON. */
function jsonOf(payload: Uint8Array): Uint8Array | string {
  if (payload.byteLength === 0) return "null";
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
  try {
    JSON.parse(text);
    return payload;
  } catch {
    return JSON.stringify(text);
  }
}
