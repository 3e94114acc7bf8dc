import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { type MonitoringHouse, openCloudWatchDeps } from "./deps.ts";
import { QUERY_ERRORS } from "./errors.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { questions } from "./questions.ts";

/** A PutMetricData of the largest size, and a dashboard. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Amazon CloudWatch: metrics, alarms and dashboards. */
export const cloudwatch: ServiceRoom<MonitoringHouse> = {
  signingName: "monitoring",
  protocols: ["json-1.0", "rpc-v2-cbor", "query"],
  targetPrefix: "GraniteServiceVersion20100801",
  errorNamespace: "com.amazonaws.cloudwatch",
  xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  queryErrors: QUERY_ERRORS,
  maxBodyBytes: MAX_BODY_BYTES,
  acceptsGzip: true,
  role: "events",
  endpointVariable: "AWS_ENDPOINT_URL_CLOUDWATCH",
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  open: (house) => bind(operations, openCloudWatchDeps(house)),
};
