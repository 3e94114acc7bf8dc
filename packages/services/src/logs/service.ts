import { bind, type Service } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import type { LogsDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";

/** Amazon CloudWatch Logs, as far as function logs need it. */
export function logsService(deps: LogsDeps): Service {
  return {
    signingName: "logs",
    protocols: ["json-1.1"],
    targetPrefix: "Logs_20140328",
    errorCodes: { ValidationException: "InvalidParameterException" },
    operations: bind(operations, deps),
    notBuilt: notBuilt(ALL_OPERATIONS, operations),
  };
}
