import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { type EventBridgeHouse, openEventBridgeDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { eventBridgeResources } from "./resources.ts";

/** PutEvents of the largest size, with all of its text escaped. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Amazon EventBridge. */
export const eventbridge: ServiceRoom<EventBridgeHouse> = {
  signingName: "events",
  protocols: ["json-1.1"],
  targetPrefix: "AWSEvents",
  maxBodyBytes: MAX_BODY_BYTES,
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_EVENTBRIDGE",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: ({ eventBuses, database }) => eventBridgeResources(eventBuses, database),
  open: (house) => bind(operations, openEventBridgeDeps(house)),
};
