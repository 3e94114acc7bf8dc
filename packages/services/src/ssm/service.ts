import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openSsmDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { parameterResources } from "./resources.ts";

/** AWS Systems Manager: Parameter Store. */
export const ssm: ServiceRoom = {
  signingName: "ssm",
  protocols: ["json-1.1"],
  targetPrefix: "AmazonSSM",
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_SSM",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: parameterResources,
  open: (house) => bind(operations, openSsmDeps(house)),
};
