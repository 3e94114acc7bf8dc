import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openSqsDeps, type QueuesHouse } from "./deps.ts";
import { QUERY_ERRORS, QUERY_STATUSES } from "./errors.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { queueResources } from "./resources.ts";

/** A batch of the largest size, with all of its text escaped. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Amazon SQS. */
export const sqs: ServiceRoom<QueuesHouse> = {
  signingName: "sqs",
  protocols: ["json-1.0", "query"],
  targetPrefix: "AmazonSQS",
  errorNamespace: "com.amazonaws.sqs",
  xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
  queryErrors: QUERY_ERRORS,
  queryStatuses: QUERY_STATUSES,
  queryJsonNames: { Messages: "messages", QueueUrls: "queueUrls" },
  pathMember: "QueueUrl",
  maxBodyBytes: MAX_BODY_BYTES,
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_SQS",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: ({ queues }) => queueResources(queues),
  open: (house) => bind(operations, openSqsDeps(house)),
};
