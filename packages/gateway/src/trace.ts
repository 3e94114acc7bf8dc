import { traceFromW3c } from "@hearth/model";
import type { HttpRequest } from "./httpRequest.ts";

/** The trace of a request: the one that it brings along, or a new one that is not sampled. Unique because the request's id is. */
export function traceOf(request: HttpRequest): string {
  const given = request.header("x-amzn-trace-id");
  if (given !== undefined) return given;
  const traceparent = request.header("traceparent");
  const trace = traceparent === undefined ? undefined : traceFromW3c(traceparent);
  if (trace !== undefined) return trace;
  const seconds = Math.floor(request.receivedAt / 1000).toString(16);
  const hex = request.requestId.replaceAll("-", "");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16, 32)};Sampled=0`;
}
