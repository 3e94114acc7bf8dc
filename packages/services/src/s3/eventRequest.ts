import type { EventRequest } from "@hearth/objects";
import type { RequestContext } from "@hearth/wire";

const TRACE = /^Root=[!-~]{1,500}$/;

/** What notifications say about the request that has caused them. */
export function eventRequest({ caller, requestId, sourceIp, headers }: RequestContext): EventRequest {
  const trace = headers["x-amzn-trace-id"];
  return {
    requestId,
    principalId: `AWS:${caller.userId}`,
    requester: caller.accountId,
    sourceIp: sourceIp ?? "",
    // Of a function that writes: so loops of functions are noticed.
    ...(typeof trace === "string" && TRACE.test(trace) && { traceId: trace }),
  };
}
