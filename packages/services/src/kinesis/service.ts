import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openKinesisDeps, type StreamsHouse } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";
import { streamResources } from "./resources.ts";

/** 500 records of the largest size that PutRecords takes together, in base64. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Amazon Kinesis Data Streams. */
export const kinesis: ServiceRoom<StreamsHouse> = {
  signingName: "kinesis",
  protocols: ["json-1.1", "cbor-1.1"],
  targetPrefix: "Kinesis_20131202",
  maxBodyBytes: MAX_BODY_BYTES,
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_KINESIS",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  resources: ({ streams }) => streamResources(streams),
  open: (house) => bind(operations, openKinesisDeps(house)),
};
