import type { EventRequest } from "@hearth/objects";
import type { RequestContext } from "@hearth/wire";

/** What notifications say about the request that has caused them. */
export function eventRequest({ caller, requestId, sourceIp }: RequestContext): EventRequest {
  return { requestId, principalId: `AWS:${caller.userId}`, sourceIp: sourceIp ?? "" };
}
