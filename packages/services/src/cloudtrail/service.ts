import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openCloudTrailDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";

/** AWS CloudTrail: the part that reads Hearth's audit trail. */
export const cloudtrail: ServiceRoom = {
  signingName: "cloudtrail",
  protocols: ["json-1.1"],
  targetPrefix: "CloudTrail_20131101",
  role: "control",
  endpointVariable: "AWS_ENDPOINT_URL_CLOUDTRAIL",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  open: (house) => bind(operations, openCloudTrailDeps(house)),
};
