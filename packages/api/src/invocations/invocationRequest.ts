import { type InvocationRequest, traceWithoutLineage } from "@hearth/invoke";
import { InvalidRequestContentException, MAX_CLIENT_CONTEXT_BYTES, traceFromW3c, w3cFromTrace } from "@hearth/model";
import type { RequestContext } from "@hearth/wire";
import { targetOf } from "../functions/targetOf.ts";

/** The members that Invoke and InvokeWithResponseStream share. */
export interface InvokeInput {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
  readonly LogType?: "None" | "Tail" | undefined;
  readonly ClientContext?: string | undefined;
  readonly Payload: Uint8Array;
}

/** An invocation that has a trace: that of its caller, or a new one. */
export type TracedRequest = InvocationRequest & { readonly traceId: string };

/** The requested invocation at `nowMs`. Throws when the function's name or ARN is refused, and when the client context is not JSON. */
export function invocationRequest(input: InvokeInput, context: RequestContext, nowMs: number): TracedRequest {
  const { key, Qualifier } = targetOf(input, context, "InvokeFunction");
  const { ClientContext, Payload, LogType } = input;
  if (ClientContext !== undefined) checkClientContext(ClientContext);
  return {
    ...key,
    ...(Qualifier !== undefined && { Qualifier }),
    payload: Payload,
    requestId: context.requestId,
    ...(ClientContext !== undefined && { clientContext: ClientContext }),
    traceId: traceIdOf(context) ?? newTraceId(context.requestId, nowMs),
    wantLogTail: LogType === "Tail",
  };
}

function checkClientContext(encoded: string): void {
  if (encoded.length > MAX_CLIENT_CONTEXT_BYTES) {
    throw new InvalidRequestContentException(
      `Client context must be at most ${String(MAX_CLIENT_CONTEXT_BYTES)} bytes of Base64-encoded data.`,
    );
  }
  try {
    JSON.parse(Buffer.from(encoded, "base64").toString());
  } catch (error) {
    throw new InvalidRequestContentException(
      `Client context must be a valid Base64-encoded JSON object: ${(error as SyntaxError).message}`,
    );
  }
}

/** X-Ray's header, or the W3C's as one. X-Ray's also lists the functions that a chain of requests has run. */
export function traceIdOf({ headers }: RequestContext): string | undefined {
  const { "x-amzn-trace-id": value, traceparent } = headers;
  if (typeof value === "string") return value;
  return typeof traceparent === "string" ? traceFromW3c(traceparent) : undefined;
}

/** A trace that is not sampled. Unique because the request's id is. */
function newTraceId(requestId: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000).toString(16);
  const hex = requestId.replaceAll("-", "");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16, 32)};Sampled=0`;
}

/** The headers by which Invoke tells its caller the trace of the invocation: X-Ray's, and the W3C's to a caller that sent that. */
export function traceHeader(
  { traceId }: Pick<TracedRequest, "traceId">,
  { headers }: RequestContext,
): Readonly<Record<string, string>> {
  const shown = traceWithoutLineage(traceId);
  if (shown === undefined || !/^[\x20-\x7e]+$/.test(shown)) return {};
  const traceparent = headers["traceparent"] === undefined ? undefined : w3cFromTrace(shown);
  return { "X-Amzn-Trace-Id": shown, ...(traceparent !== undefined && { traceparent }) };
}
