import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { createAccount, deleteAccount, listAccounts } from "./accounts.ts";
import { type AdminDeps, type AdminHouse, openAdminDeps } from "./deps.ts";
import { followAudit } from "./followAudit.ts";
import { getAuditEvents } from "./getAuditEvents.ts";
import { getServiceUsage } from "./getServiceUsage.ts";
import { getUsage } from "./getUsage.ts";
import { createKey, deleteKey, listKeys, updateKey } from "./keys.ts";

/** Hearth's own operations, signed for the service name `hearth`; the `hearth` command uses them. */
export const admin: ServiceRoom<AdminHouse> = {
  signingName: "hearth",
  protocols: ["rest-json"],
  role: "control",
  notBuilt: [],
  questions: ({ operation, accountId }) => [{ action: `hearth:${operation}`, resources: ["*"], accountId }],
  open: (house) =>
    bind<AdminDeps>(
      [
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
      ],
      openAdminDeps(house),
    ),
};
