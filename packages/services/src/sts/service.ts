import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";

/** AWS STS: who a caller is, and temporary credentials. */
export const sts: ServiceRoom = {
  signingName: "sts",
  protocols: ["query"],
  xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  role: "control",
  endpointVariable: "AWS_ENDPOINT_URL_STS",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  open: (house) => bind(operations, house),
};
