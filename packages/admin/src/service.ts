import type { ServiceRoom } from "@hearth/access";
import { bind, type BoundOperation } from "@hearth/wire";
import { createAccount, deleteAccount, listAccounts } from "./accounts.ts";
import { compareEvents } from "./compareEvents.ts";
import { cancelDelivery, getDelivery, listDeliveries, replayDeliveries } from "./deliveries.ts";
import { type AdminDeps, type AdminHouse, openAdminDeps } from "./deps.ts";
import { cancelEvent, getEvent, listEvents, replayEvents } from "./events.ts";
import { followAudit } from "./followAudit.ts";
import { getAuditEvents } from "./getAuditEvents.ts";
import { type EnvironmentsDeps, getEnvironments } from "./getEnvironments.ts";
import { getServiceUsage } from "./getServiceUsage.ts";
import { getStatus } from "./getStatus.ts";
import { getUsage } from "./getUsage.ts";
import { createKey, deleteKey, listKeys, updateKey } from "./keys.ts";
import { lintFunctions } from "./lint/lintFunctions.ts";
import { listFunctions } from "./listFunctions.ts";

const shared: Omit<ServiceRoom<AdminHouse>, "role" | "open"> = {
  signingName: "hearth",
  protocols: ["rest-json"],
  notBuilt: [],
  questions: ({ operation, accountId }) => [{ action: `hearth:${operation}`, resources: ["*"], accountId }],
};

/** Hearth's own operations, signed for the service name `hearth`; the `hearth` command uses them. */
export const admin: ServiceRoom<AdminHouse> = {
  ...shared,
  role: "control",
  open: (house) => [
    ...openEnvironments(house),
    ...bind<AdminDeps>(
      [
        getStatus,
        listFunctions,
        lintFunctions,
        getUsage,
        getServiceUsage,
        createAccount,
        listAccounts,
        deleteAccount,
        createKey,
        listKeys,
        updateKey,
        deleteKey,
        getAuditEvents,
        followAudit,
        listEvents,
        getEvent,
        replayEvents,
        cancelEvent,
        compareEvents,
        listDeliveries,
        getDelivery,
        replayDeliveries,
        cancelDelivery,
      ],
      openAdminDeps(house),
    ),
  ],
};

/** What only a process that runs functions can answer. A process of the role `invoker` passes the rest on to `control`. */
export const adminEnvironments: ServiceRoom<AdminHouse> = { ...shared, role: "invoker", open: openEnvironments };

function openEnvironments({ environments }: AdminHouse): readonly BoundOperation[] {
  return environments ? bind<EnvironmentsDeps>([getEnvironments], { environments }) : [];
}
