import { type Caller, OWNER_ACCOUNT, text } from "@hearth/model";
import type { AuditEvent, AuditFilter } from "@hearth/store";
import { AccountId } from "./accounts.ts";
import { ownerOnly } from "./deps.ts";

/** Members by which events of the audit trail are chosen. */
export const auditFilterShape = {
  account: AccountId.optional(),
  user: text({ min: 1, max: 256 }).optional(),
  operation: text({ min: 1, max: 128 }).optional(),
  resource: text({ min: 1, max: 2048 }).optional(),
};

/** The names of those members in the query. */
export const AUDIT_FILTER_QUERY = { account: "account", user: "user", operation: "operation", resource: "resource" };

export interface AuditFilterInput {
  readonly account?: string | undefined;
  readonly user?: string | undefined;
  readonly operation?: string | undefined;
  readonly resource?: string | undefined;
}

/** A root key of the owner's account reads the trails of all accounts, everyone else that of the own account. */
export function auditFilterOf({ account, user, ...rest }: AuditFilterInput, caller: Caller, name: string): AuditFilter {
  const isOwner = caller.accountId === OWNER_ACCOUNT && caller.principal.kind === "root";
  if (account !== undefined && account !== caller.accountId) ownerOnly(caller, name);
  return { ...rest, userName: user, accountId: account ?? (isOwner ? undefined : caller.accountId) };
}

/** An event as the admin API shows it. */
export function toAuditEvent({ time, input, ...event }: AuditEvent) {
  return { ...event, time: new Date(time).toISOString(), input: JSON.parse(input) as unknown };
}
