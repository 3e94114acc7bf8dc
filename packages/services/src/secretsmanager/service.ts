import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import type { TimersHouse } from "../timersHouse.ts";
import { openSecretsDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { secretResources } from "./resources.ts";

/** AWS Secrets Manager. */
export const secretsmanager: ServiceRoom<TimersHouse> = {
  signingName: "secretsmanager",
  protocols: ["json-1.1"],
  targetPrefix: "secretsmanager",
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: secretResources,
  open: (house) => bind(operations, openSecretsDeps(house)),
};
