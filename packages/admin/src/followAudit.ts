import { AccessDeniedException, structure, text, TooManyRequestsException } from "@hearth/model";
import { AUDIT_NEWS_POSITION } from "@hearth/store";
import { operation } from "@hearth/wire";
import { AUDIT_FILTER_QUERY, auditFilterOf, auditFilterShape, toAuditEvent } from "./auditFilter.ts";
import type { AdminDeps } from "./deps.ts";

const WAIT_MS = 5_000;

/**
 * Events of the audit trail that were stored since `position`, in the order of time, and the position to go on from. Waits up to 5 s for the first.
 * Without a position: the one where the trail ends now.
 */
export const followAudit = operation({
  name: "FollowAudit",
  http: ["GET", "/_hearth/audit/news", 200],
  query: { ...AUDIT_FILTER_QUERY, position: "position" },
  input: structure({ ...auditFilterShape, position: text({ pattern: AUDIT_NEWS_POSITION }).optional() }),
  errors: [AccessDeniedException, TooManyRequestsException],
  async handle(
    { position, ...filter },
    { caller, signal },
    { auditFollowers, clock }: Pick<AdminDeps, "auditFollowers" | "clock">,
  ) {
    const chosen = auditFilterOf(filter, caller, "FollowAudit");
    using follower = auditFollowers.enter(caller.accountId);
    if (!follower)
      throw new TooManyRequestsException(
        "CallerRateLimitExceeded",
        "Too many clients follow the audit trail. Try again later.",
      );
    const endMs = clock.monotonicMs() + WAIT_MS;
    for (let from = position; ;) {
      const mark = auditFollowers.mark;
      const news = await auditFollowers.newsSince(from, chosen);
      if (position === undefined || news.events.length > 0 || clock.monotonicMs() >= endMs || signal.aborted) {
        return { events: news.events.map(toAuditEvent), position: news.position };
      }
      from = news.position;
      await auditFollowers.changed(mark, endMs, signal);
    }
  },
});
