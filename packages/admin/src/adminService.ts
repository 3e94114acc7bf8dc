import { bind, type Service } from "@hearth/wire";
import { createAccount, deleteAccount, listAccounts } from "./accounts.ts";
import type { AccountDeps } from "./adminDeps.ts";
import { getUsage, type GetUsageDeps } from "./getUsage.ts";
import { createKey, deleteKey, listKeys, updateKey } from "./keys.ts";

/** Hearth's own operations, signed for the service name `hearth`; the `hearth` command uses them. */
export function adminService(deps: GetUsageDeps & AccountDeps): Service {
  return {
    signingName: "hearth",
    protocols: ["rest-json"],
    operations: bind<GetUsageDeps & AccountDeps>(
      [getUsage, createAccount, listAccounts, deleteAccount, createKey, listKeys, updateKey, deleteKey],
      deps,
    ),
    notBuilt: [],
  };
}
