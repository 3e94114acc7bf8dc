import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { type LogsHouse, openLogsDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { logResources } from "./resources.ts";

/** Amazon CloudWatch Logs. */
export const logs: ServiceRoom<LogsHouse> = {
  signingName: "logs",
  protocols: ["json-1.1"],
  targetPrefix: "Logs_20140328",
  errorCodes: { ValidationException: "InvalidParameterException" },
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: (house) => logResources(house),
  open: (house) => bind(operations, openLogsDeps(house)),
};
