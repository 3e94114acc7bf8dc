import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import type { IotHouse } from "../iotHouse.ts";
import { notBuiltRest } from "../notBuiltRest.ts";
import { ALL_OPERATIONS } from "./allOperations.ts";
import { openIotDataDeps } from "./deps.ts";
import { ThrottlingException } from "./errors.ts";
import { operations } from "./operations.ts";
import { questions } from "./questions.ts";

/** The data plane of AWS IoT: messages for topics, and those that are retained. */
export const iotdata: ServiceRoom<IotHouse> = {
  signingName: "iotdata",
  protocols: ["rest-json"],
  throttling: () => new ThrottlingException("Rate exceeded"),
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_IOT_DATA_PLANE",
  notBuilt: notBuiltRest(ALL_OPERATIONS, operations),
  questions,
  open: (house) => bind(operations, openIotDataDeps(house)),
};
