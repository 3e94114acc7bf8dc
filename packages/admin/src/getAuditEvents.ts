import { AccessDeniedException, decodeCursor, encodeCursor, structure, text, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { AUDIT_FILTER_QUERY, auditFilterOf, auditFilterShape, toAuditEvent } from "./auditFilter.ts";
import type { AdminDeps } from "./deps.ts";

/** `2026-11-21`, which is the whole day in UTC, or a time such as `2026-11-21T10:00:00Z`. */
const Moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const DAY_MS = 86_400_000;
const MAX_EVENTS = 500;

/** Events of the audit trail, latest first: of the caller's account; with a root key of the owner's account, of all. */
export const getAuditEvents = operation({
  name: "GetAuditEvents",
  http: ["GET", "/_hearth/audit", 200],
  query: { ...AUDIT_FILTER_QUERY, from: "from", to: "to", limit: "limit", marker: "marker" },
  input: structure({
    ...auditFilterShape,
    from: Moment.optional(),
    to: Moment.optional(),
    limit: z.coerce.number().int().min(1).max(MAX_EVENTS).optional(),
    marker: text().optional(),
  }),
  errors: [AccessDeniedException, ValidationException],
  async handle(
    { from, to, limit = 100, marker, ...filter },
    { caller },
    { auditEvents }: Pick<AdminDeps, "auditEvents">,
  ) {
    const chosen = auditFilterOf(filter, caller, "GetAuditEvents");
    const after = marker === undefined ? undefined : decodeCursor(marker, ["number", "uuid", "string"]);
    if (marker !== undefined && !after) throw new ValidationException("The marker is invalid.");
    const page = await auditEvents.find({
      ...chosen,
      from: from === undefined ? undefined : Date.parse(from),
      to: to === undefined ? undefined : Date.parse(to) + (to.includes("T") ? 0 : DAY_MS - 1),
      after,
      limit,
    });
    return { events: page.events.map(toAuditEvent), ...(page.next && { nextMarker: encodeCursor(page.next) }) };
  },
});
