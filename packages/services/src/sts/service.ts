import { bind, type Service } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import type { StsDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";

/** AWS STS: who a caller is, and temporary credentials. */
export function stsService(deps: StsDeps): Service {
  return {
    signingName: "sts",
    protocols: ["query"],
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: bind(operations, deps),
    notBuilt: notBuilt(ALL_OPERATIONS, operations),
  };
}
