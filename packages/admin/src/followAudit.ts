import { AccessDeniedException, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { AUDIT_FILTER_QUERY, auditFilterOf, auditFilterShape, toAuditEvent } from "./auditFilter.ts";
import type { AdminDeps } from "./deps.ts";

const LOOK_EVERY_MS = 500;
const WAIT_MS = 5_000;

/**
 * Events of the audit trail that were stored since `position`, in the order of time, and the position to go on from. Waits up to 5 s for the first.
 * Without a position: the one where the trail ends now.
 */
export const followAudit = operation({
  name: "FollowAudit",
  http: ["GET", "/_hearth/audit/news", 200],
  query: { ...AUDIT_FILTER_QUERY, position: "position" },
  input: structure({ ...auditFilterShape, position: text({ pattern: "\\d{1,19}" }).optional() }),
  errors: [AccessDeniedException],
  async handle(
    { position, ...filter },
    { caller, signal },
    { auditEvents, clock }: Pick<AdminDeps, "auditEvents" | "clock">,
  ) {
    const chosen = auditFilterOf(filter, caller, "FollowAudit");
    const endMs = clock.monotonicMs() + WAIT_MS;
    for (let from = position; ;) {
      const news = await auditEvents.newsSince(from, chosen);
      if (position === undefined || news.events.length > 0 || clock.monotonicMs() >= endMs || signal.aborted) {
        return { events: news.events.map(toAuditEvent), position: news.position };
      }
      from = news.position;
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined); // the client went away
    }
  },
});
