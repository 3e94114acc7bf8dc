import type { House } from "@hearth/access";
import type { Clock, Logger, Random } from "@hearth/kit";
import { AccessDeniedException, type Caller, OWNER_ACCOUNT } from "@hearth/model";
import {
  AccessKeyStore,
  AccountStore,
  AuditEventStore,
  ConcurrencyStore,
  EventInvokeConfigStore,
  EventSourceMappingStore,
  IamRoleStore,
  DeliveryHistory,
  EventHistory,
  type DatabaseFacts,
  databaseFacts,
  type EventStore,
  type FunctionStore,
  ServiceUsageStore,
  UsageStore,
} from "@hearth/store";

import { AuditFollowers } from "./auditFollowers.ts";
import type { EnvironmentsDeps } from "./getEnvironments.ts";
import type { ProcessFacts } from "./processFacts.ts";

/** What Hearth's own operations need besides what every service gets. */
export interface AdminHouse extends House {
  /** Stores what this process has measured so far. */
  readonly flushUsage: () => Promise<void>;
  readonly functions: Pick<FunctionStore, "list" | "get">;
  readonly events: Pick<EventStore, "depth">;
  readonly facts: ProcessFacts;
  /** Makes this process look for messages that are due. */
  readonly wakeOutbox: () => void;
  /** Present in a process that runs functions. */
  readonly environments?: EnvironmentsDeps["environments"];
}

export interface AdminDeps {
  readonly accounts: AccountStore;
  readonly accessKeys: AccessKeyStore;
  readonly usage: Pick<UsageStore, "sums" | "recent">;
  readonly serviceUsage: Pick<ServiceUsageStore, "sums">;
  readonly auditEvents: Pick<AuditEventStore, "find">;
  readonly auditFollowers: AuditFollowers;
  readonly eventHistory: EventHistory;
  readonly deliveryHistory: DeliveryHistory;
  readonly wakeOutbox: () => void;
  readonly flushUsage: () => Promise<void>;
  readonly functions: AdminHouse["functions"];
  readonly events: AdminHouse["events"];
  readonly eventSourceMappings: Pick<EventSourceMappingStore, "list">;
  readonly eventInvokeConfigs: Pick<EventInvokeConfigStore, "list">;
  readonly concurrency: Pick<ConcurrencyStore, "get">;
  readonly roles: Pick<IamRoleStore, "find">;
  readonly facts: ProcessFacts;
  readonly disk: AdminHouse["disk"];
  readonly databaseFacts: () => Promise<DatabaseFacts>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export function openAdminDeps(house: AdminHouse): AdminDeps {
  const { database, wakeOutbox, flushUsage, functions, events, facts, disk, clock, random, logger } = house;
  const auditEvents = new AuditEventStore(database);
  return {
    accounts: new AccountStore(database),
    accessKeys: new AccessKeyStore(database, logger),
    usage: new UsageStore(database),
    serviceUsage: new ServiceUsageStore(database),
    auditEvents,
    eventHistory: new EventHistory(database),
    deliveryHistory: new DeliveryHistory(database),
    wakeOutbox,
    auditFollowers: new AuditFollowers({ auditEvents, clock }),
    flushUsage,
    functions,
    eventSourceMappings: new EventSourceMappingStore({ database, clock }),
    eventInvokeConfigs: new EventInvokeConfigStore({ database, clock }),
    concurrency: new ConcurrencyStore({ database }),
    roles: new IamRoleStore(database),
    events,
    facts,
    disk,
    databaseFacts: () => databaseFacts(database),
    clock,
    random,
    logger,
  };
}

/** Only the owner manages accounts and their keys, with a root key of the owner's account. */
export function ownerOnly({ accountId, arn, principal }: Caller, operation: string): void {
  if (accountId === OWNER_ACCOUNT && principal.kind === "root") return;
  throw new AccessDeniedException(
    `User: ${arn} is not authorized to perform: hearth:${operation} on resource: * because only a root key of the owner's account ${OWNER_ACCOUNT} is`,
  );
}
