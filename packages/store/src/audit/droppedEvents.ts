import type { AuditEvent } from "./auditEvent.ts";

export interface DroppedEvents extends Pick<AuditEvent, "eventId" | "time" | "accountId" | "region"> {
  /** The number of events missing from the trail. */
  readonly dropped: number;
}

/** The event that records in the trail that other events are missing. */
export function droppedEvents({ dropped, ...where }: DroppedEvents): AuditEvent {
  const { accountId, eventId } = where;
  return {
    ...where,
    requestId: eventId,
    caller: { kind: "hearth", accountId, arn: "hearth", id: "hearth", userName: "hearth", accessKeyId: null },
    sourceIp: null,
    userAgent: null,
    service: "hearth",
    operation: "AuditEventsDropped",
    isReadOnly: false,
    isDataEvent: false,
    resources: [],
    input: JSON.stringify({ dropped }),
    status: 200,
    errorCode: null,
    errorMessage: null,
  };
}
