import { type InvocationRequest, traceWithoutLineage } from "@hearth/invoke";
import { InvalidRequestContentException, MAX_CLIENT_CONTEXT_BYTES } from "@hearth/model";
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

/** X-Ray's header. It also lists the functions that a chain of requests has run. */
export function traceIdOf({ headers }: RequestContext): string | undefined {
  const value = headers["x-amzn-trace-id"];
  return typeof value === "string" ? value : undefined;
}

/** A trace that is not sampled. Unique because the request's id is. */
function newTraceId(requestId: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000).toString(16);
  const hex = requestId.replaceAll("-", "");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16, 32)};Sampled=0`;
}

/** The header by which Invoke tells its caller the trace of the invocation. */
export function traceHeader({ traceId }: TracedRequest): Readonly<Record<string, string>> {
  const shown = traceWithoutLineage(traceId);
  return shown === undefined || !/^[\x20-\x7e]+$/.test(shown) ? {} : { "X-Amzn-Trace-Id": shown };
}
