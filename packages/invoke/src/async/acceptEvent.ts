import { MAX_ASYNC_PAYLOAD_BYTES } from "@hearth/model";
import type { EventStore, NewEvent } from "@hearth/store";
import { checkPayload } from "../checkPayload.ts";
import type { InvocationRequest } from "../invocationRequest.ts";
import type { WakeUps } from "./wakeUps.ts";

export interface AcceptEventDeps {
  readonly events: Pick<EventStore, "add">;
  readonly wakeUps: Pick<WakeUps, "add">;
}

/** The event that an invocation of the type `Event` asks for. Throws RequestTooLargeException and InvalidRequestContentException. */
export function eventOf(request: InvocationRequest): NewEvent {
  return {
    id: request.requestId,
    accountId: request.accountId,
    region: request.region,
    FunctionName: request.FunctionName,
    payload: checkPayload(request.payload, MAX_ASYNC_PAYLOAD_BYTES, "Event"),
    ...(request.Qualifier !== undefined && { Qualifier: request.Qualifier }),
    ...(request.traceId !== undefined && { traceId: request.traceId }),
  };
}

/** Accepts an event: commits it to PostgreSQL, then wakes a worker. Resolves after the commit. */
export async function acceptEvent(event: NewEvent, { events, wakeUps }: AcceptEventDeps): Promise<void> {
  await events.add(event);
  wakeUps.add(event.id);
}
