import { bind, type Service } from "@hearth/wire";
import { getUsage, type GetUsageDeps } from "./getUsage.ts";

/** Hearth's own operations, signed for the service name `hearth`; the `hearth` command uses them. */
export function adminService(deps: GetUsageDeps): Service {
  return {
    signingName: "hearth",
    protocol: "rest-json",
    namespace: "",
    operations: bind([getUsage], deps),
    notBuilt: [],
  };
}
