import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import { AccessDeniedException, type Caller, OWNER_ACCOUNT } from "@hearth/model";
import { AccessKeyStore, AccountStore, AuditEventStore, ServiceUsageStore, UsageStore } from "@hearth/store";

import { AuditFollowers } from "./auditFollowers.ts";

/** What Hearth's own operations need besides what every service gets. */
export interface AdminHouse extends House {
  /** Stores what this process has measured so far. */
  readonly flushUsage: () => Promise<void>;
}

export interface AdminDeps {
  readonly accounts: AccountStore;
  readonly accessKeys: AccessKeyStore;
  readonly usage: Pick<UsageStore, "sums">;
  readonly serviceUsage: Pick<ServiceUsageStore, "sums">;
  readonly auditEvents: Pick<AuditEventStore, "find">;
  readonly auditFollowers: AuditFollowers;
  readonly flushUsage: () => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
}

export function openAdminDeps({ database, flushUsage, clock, random, logger }: AdminHouse): AdminDeps {
  const auditEvents = new AuditEventStore(database);
  return {
    accounts: new AccountStore(database),
    accessKeys: new AccessKeyStore(database, logger),
    usage: new UsageStore(database),
    serviceUsage: new ServiceUsageStore(database),
    auditEvents,
    auditFollowers: new AuditFollowers({ auditEvents, clock }),
    flushUsage,
    clock,
    random,
  };
}

/** Only the owner manages accounts and their keys, with a root key of the owner's account. */
export function ownerOnly({ accountId, arn, principal }: Caller, operation: string): void {
  if (accountId === OWNER_ACCOUNT && principal.kind === "root") return;
  throw new AccessDeniedException(
    `User: ${arn} is not authorized to perform: hearth:${operation} on resource: * because only a root key of the owner's account ${OWNER_ACCOUNT} is`,
  );
}
