import type { AuditEvent } from "./auditEvent.ts";

export interface DroppedEvents extends Pick<AuditEvent, "eventId" | "time" | "accountId" | "region"> {
  /** How many events the trail does not have. */
  readonly dropped: number;
}

/** The event by which the trail says that others are missing. */
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
