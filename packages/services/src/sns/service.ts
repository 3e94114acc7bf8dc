import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openSnsDeps, type TopicsHouse } from "./deps.ts";
import { QUERY_ERRORS } from "./errors.ts";
import { links } from "./links.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { topicResources } from "./resources.ts";

/** A batch of the largest size, with all of its text escaped. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Amazon SNS. */
export const sns: ServiceRoom<TopicsHouse> = {
  signingName: "sns",
  protocols: ["query"],
  xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
  queryErrors: QUERY_ERRORS,
  maxBodyBytes: MAX_BODY_BYTES,
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_SNS",
  links,
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: ({ topics }) => topicResources(topics),
  open: (house) => bind(operations, openSnsDeps(house)),
};
