import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import type { TimersHouse } from "../timersHouse.ts";
import { openSchedulerDeps } from "./deps.ts";
import { ThrottlingException } from "./errors.ts";
import { operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { groupResources } from "./resources.ts";

/** The input of a target has 256 KB at most. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Amazon EventBridge Scheduler. */
export const scheduler: ServiceRoom<TimersHouse> = {
  signingName: "scheduler",
  protocols: ["rest-json"],
  maxBodyBytes: MAX_BODY_BYTES,
  throttling: () => new ThrottlingException("Rate exceeded"),
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_SCHEDULER",
  notBuilt: [],
  questions,
  resources: groupResources,
  open: (house) => bind(operations, openSchedulerDeps(house)),
};
