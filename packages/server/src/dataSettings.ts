import { z } from "zod";
import { milliseconds, url, whole } from "./settingTypes.ts";

const HOUR_MS = 3_600_000;

/** Settings of events, and of what the hosted services keep for accounts: times, and limits of one account. Part of `Settings`. */
export const dataSettings = {
  HEARTH_METRIC_SERIES: whole(1, 10_000_000)
    .default(20_000)
    .describe(
      "Metrics (each set of dimensions counts) with values in the last 15 days that an account may have in a region, those that Hearth makes of its functions and queues included; PutMetricData beyond it gets LimitExceeded.",
    ),
  HEARTH_EVENT_RETRY_MS: milliseconds(HOUR_MS)
    .default(60_000)
    .describe(
      "Delay before the first retry of an asynchronous invocation whose function failed. The second retry waits twice as long. AWS waits one and two minutes.",
    ),
  HEARTH_EVENT_RETENTION_HOURS: whole(1, 87_600).default(168).describe("How long finished events are kept."),
  HEARTH_EVENT_PAYLOAD_HOURS: whole(0, 87_600)
    .default(24)
    .describe("How long finished events keep their payloads. Events without their payloads cannot be replayed."),
  HEARTH_EVENT_PAYLOAD_KB: whole(0, 2_000_000)
    .default(64)
    .describe("Payloads larger than this are dropped as soon as their events have succeeded."),
  HEARTH_EVENT_STORAGE_MB: whole(0, 1_000_000_000)
    .default(1_024)
    .describe(
      "What the payloads of one account's events may take, of queued and finished ones. Near it finished events lose their payloads, oldest first; at it new events get TooManyRequestsException. `0`: no limit.",
    ),
  HEARTH_OUTBOX_MB: whole(0, 1_000_000_000)
    .default(1_024)
    .describe(
      "What the messages of one account that wait to be sent to targets may take. At it Publish, PutEvents and the like are throttled, and records of events that cannot be sent at once are given up. `0`: no limit.",
    ),
  HEARTH_SQS_STORAGE_MB: whole(0, 1_000_000_000)
    .default(10_240)
    .describe(
      "What the messages in one account's SQS queues may take. At it SendMessage answers ThrottlingException until messages are deleted or expire. `0`: no limit.",
    ),
  HEARTH_SQS_QUEUES: whole(0, 1_000_000)
    .default(10_000)
    .describe("How many SQS queues one account may have. CreateQueue answers OverLimit beyond it. `0`: no limit."),
  HEARTH_DYNAMODB_STORAGE_MB: whole(0, 1_000_000_000)
    .default(10_240)
    .describe(
      "What the items in one account's DynamoDB tables may take, nearly. At it writes answer ProvisionedThroughputExceededException. `0`: no limit.",
    ),
  HEARTH_DYNAMODB_ENDPOINT: url(["http:", "https:"])
    .optional()
    .describe(
      "Server with DynamoDB's API, such as `http://127.0.0.1:8000`, that all tables lie on in the place of Hearth's PostgreSQL. Hearth checks who may do what, keeps each account's tables apart, and passes requests on; event source mappings read the server's streams. Tables that Hearth hosts are not reached while it is set.",
    ),
  HEARTH_DYNAMODB_REGION: z
    .string()
    .min(1, "must name a region")
    .optional()
    .describe("The region that requests to HEARTH_DYNAMODB_ENDPOINT are signed for. Default: HEARTH_REGION."),
  HEARTH_DYNAMODB_ACCESS_KEY_ID: z.string().optional().describe("Access key id for HEARTH_DYNAMODB_ENDPOINT."),
  HEARTH_DYNAMODB_SECRET_ACCESS_KEY: z.string().optional().describe("Secret access key for HEARTH_DYNAMODB_ENDPOINT."),
  HEARTH_S3_STORAGE_MB: whole(0, 1_000_000_000)
    .default(51_200)
    .describe(
      "What the objects in one account's S3 buckets may take, their versions and unfinished uploads included. At it PutObject answers QuotaExceeded. `0`: no limit.",
    ),
  HEARTH_S3_BUCKETS_PER_ACCOUNT: whole(1, 1_000_000)
    .default(1_000)
    .describe("How many S3 buckets one account may have. CreateBucket answers TooManyBuckets beyond it."),
  HEARTH_APIS: whole(1, 1_000_000)
    .default(600)
    .describe(
      "How many HTTP and WebSocket APIs of API Gateway an account may have in a region. CreateApi answers BadRequestException beyond it.",
    ),
  HEARTH_ROUTES_PER_API: whole(1, 100_000)
    .default(300)
    .describe("How many routes one API of API Gateway may have. CreateRoute answers BadRequestException beyond it."),
  HEARTH_API_CACHE_MB: whole(0, 512)
    .default(64)
    .describe(
      "The memory for the caches of stages of REST APIs, of each account in each process that runs functions. Beyond it the oldest replies of the account are forgotten; 0 keeps none.",
    ),
  HEARTH_WEB_SOCKETS: whole(1, 1_000_000)
    .default(4096)
    .describe(
      "How many connections of one account's WebSocket APIs may be open in one process. Each is also one of HEARTH_CONNECTIONS. Clients beyond it are refused with the status 429.",
    ),
  HEARTH_KINESIS_STORAGE_MB: whole(0, 1_000_000_000)
    .default(10_240)
    .describe(
      "What the records in one account's Kinesis streams may take. At it PutRecord answers ProvisionedThroughputExceededException until older records expire. `0`: no limit.",
    ),
};
