import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import type { IotHouse } from "../iotHouse.ts";
import { notBuiltRest } from "../notBuiltRest.ts";
import { ALL_OPERATIONS } from "./allOperations.ts";
import { openIotDeps } from "./deps.ts";
import { ThrottlingException } from "./errors.ts";
import { operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { iotResources } from "./resources.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** The control plane of AWS IoT: topic rules, certificates and policies. */
export const iot: ServiceRoom<IotHouse> = {
  signingName: "iot",
  protocols: ["rest-json"],
  maxBodyBytes: MAX_BODY_BYTES,
  throttling: () => new ThrottlingException("Rate exceeded"),
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_IOT",
  notBuilt: notBuiltRest(ALL_OPERATIONS, operations),
  questions,
  resources: iotResources,
  open: (house) => bind(operations, openIotDeps(house)),
};
