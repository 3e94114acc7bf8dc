import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openIamDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";

/** AWS IAM, as far as functions and their callers need it: roles, users with their keys, and policies. */
export const iam: ServiceRoom = {
  signingName: "iam",
  protocols: ["query"],
  xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  role: "control",
  endpointVariable: "AWS_ENDPOINT_URL_IAM",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  open: (house) => bind(operations, openIamDeps(house)),
};
