import { type EventSourceSettings, InvalidParameterValueException } from "@hearth/model";

/** A kind of event source and the settings that AWS allows for it. */
export interface EventSourceKind {
  readonly name:
    | "SQS"
    | "Kinesis"
    | "DynamoDB"
    | "MSK"
    | "self-managed Kafka"
    | "MQ"
    | "DocumentDB"
    | "Redis stream"
    | "MQTT"
    | "NATS"
    | "PostgreSQL"
    | "PostgreSQL changes";
  readonly members: ReadonlySet<keyof EventSourceSettings>;
  /** Defaults of a new mapping. */
  readonly defaults: EventSourceSettings;
  /** Members that a mapping must have, in AWS's order. */
  readonly required: readonly (keyof EventSourceSettings)[];
  /** Allowed types in `SourceAccessConfigurations`. */
  readonly access: readonly string[];
  readonly metrics: readonly string[];
  /** The `StateTransitionReason` of a change by a user. */
  readonly byUser: "USER_INITIATED" | "User action";
}

type Member = keyof EventSourceSettings;

const EVERY: readonly Member[] = ["BatchSize", "MaximumBatchingWindowInSeconds", "FilterCriteria", "KMSKeyArn"];
const POSITION: readonly Member[] = ["StartingPosition", "StartingPositionTimestamp"];
const FAILURES: readonly Member[] = [
  "DestinationConfig",
  "MaximumRecordAgeInSeconds",
  "BisectBatchOnFunctionError",
  "MaximumRetryAttempts",
  "FunctionResponseTypes",
];
const SHARDS: readonly Member[] = [
  ...EVERY,
  ...POSITION,
  ...FAILURES,
  "ParallelizationFactor",
  "TumblingWindowInSeconds",
  "MetricsConfig",
];
const KAFKA: readonly Member[] = [
  ...EVERY,
  ...POSITION,
  ...FAILURES,
  "Topics",
  "SourceAccessConfigurations",
  "MetricsConfig",
  "LoggingConfig",
  "ProvisionedPollerConfig",
];

const shardDefaults: EventSourceSettings = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  DestinationConfig: { OnFailure: {} },
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  MaximumRetryAttempts: -1,
  TumblingWindowInSeconds: 0,
  FunctionResponseTypes: [],
};
/** The default batching window of 500 ms cannot be expressed: it applies when the setting is absent. */
const kafkaDefaults: EventSourceSettings = { BatchSize: 100, DestinationConfig: { OnFailure: {} } };
const ALL_METRICS = ["EventCount", "ErrorCount", "KafkaMetrics"];

/** Sources of Hearth's own. Records of those that are queues come again until the function succeeds, so that they have no failure destination. */
const OWN_QUEUE: readonly Member[] = [...EVERY, "FunctionResponseTypes", "MetricsConfig"];
const ownDefaults: EventSourceSettings = {
  BatchSize: 10,
  MaximumBatchingWindowInSeconds: 0,
  FunctionResponseTypes: [],
};
const FROM_THE_START: EventSourceSettings = { ...ownDefaults, StartingPosition: "TRIM_HORIZON" };

/** Servers that may want a certificate of the client. */
const SECURE: readonly Member[] = [...OWN_QUEUE, "SourceAccessConfigurations"];
const CERTIFICATE = { access: ["CLIENT_CERTIFICATE_TLS_AUTH"] };

function own(name: EventSourceKind["name"]): EventSourceKind {
  const members = new Set(OWN_QUEUE);
  return {
    name,
    members,
    defaults: ownDefaults,
    required: [],
    access: [],
    metrics: ["EventCount"],
    byUser: "USER_INITIATED",
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const KINDS = {
  sqs: {
    name: "SQS",
    members: new Set([
      ...EVERY,
      "FunctionResponseTypes",
      "ScalingConfig",
      "MetricsConfig",
      "ProvisionedPollerConfig",
    ] as const),
    defaults: { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] },
    required: [],
    access: [],
    metrics: ["EventCount"],
    byUser: "USER_INITIATED",
  },
  kinesis: {
    name: "Kinesis",
    members: new Set(SHARDS),
    defaults: shardDefaults,
    required: ["StartingPosition"],
    access: [],
    metrics: ["EventCount"],
    byUser: "User action",
  },
  dynamodb: {
    name: "DynamoDB",
    members: new Set(SHARDS),
    defaults: shardDefaults,
    required: ["StartingPosition"],
    access: [],
    metrics: ["EventCount"],
    byUser: "User action",
  },
  kafka: {
    name: "MSK",
    members: new Set([...KAFKA, "AmazonManagedKafkaEventSourceConfig"] as const),
    defaults: kafkaDefaults,
    required: ["StartingPosition", "Topics"],
    access: ["SASL_SCRAM_512_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH"],
    metrics: ALL_METRICS,
    byUser: "USER_INITIATED",
  },
  selfManaged: {
    name: "self-managed Kafka",
    members: new Set([...KAFKA, "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig"] as const),
    // Its starting position is TRIM_HORIZON, except in Queue mode (mappingSettings.ts).
    defaults: { BatchSize: 100 },
    required: ["SourceAccessConfigurations", "Topics"],
    access: [
      "BASIC_AUTH",
      "VPC_SUBNET",
      "VPC_SECURITY_GROUP",
      "SASL_SCRAM_512_AUTH",
      "SASL_SCRAM_256_AUTH",
      "CLIENT_CERTIFICATE_TLS_AUTH",
      "SERVER_ROOT_CA_CERTIFICATE",
      "OAUTHBEARER_AUTH",
      "OAUTHBEARER_SCOPE",
      "OAUTHBEARER_AUDIENCE",
      "OAUTHBEARER_LOGICAL_CLUSTER",
      "OAUTHBEARER_IDENTITY_POOL",
      "IAM_AUTH",
      "IAM_OAUTHBEARER_AUTH",
    ],
    metrics: ALL_METRICS,
    byUser: "USER_INITIATED",
  },
  mq: {
    name: "MQ",
    members: new Set([...EVERY, "Queues", "SourceAccessConfigurations"] as const),
    defaults: { BatchSize: 100 },
    required: ["Queues", "SourceAccessConfigurations"],
    access: ["BASIC_AUTH", "VIRTUAL_HOST"],
    metrics: [],
    byUser: "USER_INITIATED",
  },
  docdb: {
    name: "DocumentDB",
    members: new Set([...EVERY, ...POSITION, "SourceAccessConfigurations", "DocumentDBEventSourceConfig"] as const),
    defaults: { BatchSize: 100 },
    required: ["StartingPosition", "SourceAccessConfigurations", "DocumentDBEventSourceConfig"],
    access: ["BASIC_AUTH"],
    metrics: [],
    byUser: "USER_INITIATED",
  },
  redisStream: {
    ...own("Redis stream"),
    ...CERTIFICATE,
    members: new Set([...SECURE, ...POSITION]),
    defaults: FROM_THE_START,
  },
  mqtt: { ...own("MQTT"), ...CERTIFICATE, members: new Set(SECURE) },
  nats: { ...own("NATS"), ...CERTIFICATE, members: new Set([...SECURE, ...POSITION]), defaults: FROM_THE_START },
  postgresChannel: own("PostgreSQL"),
  postgresChanges: {
    name: "PostgreSQL changes",
    members: new Set(SHARDS),
    defaults: { ...shardDefaults, StartingPosition: "LATEST" },
    required: [],
    access: [],
    metrics: ["EventCount"],
    byUser: "USER_INITIATED",
  },
} as const satisfies Readonly<Record<string, EventSourceKind>>;

/** The pattern of the ARN's resource part for each service that can be a source. */
const ARNS: readonly (readonly [service: string, resource: RegExp, kind: EventSourceKind])[] = [
  ["sqs", /^[a-zA-Z0-9_-]{1,80}(\.fifo)?$/, KINDS.sqs],
  ["kinesis", /^stream\/[a-zA-Z0-9_.-]{1,128}(\/consumer\/[a-zA-Z0-9_.-]+:\d+)?$/, KINDS.kinesis],
  ["dynamodb", /^table\/[a-zA-Z0-9_.-]+\/stream\/[^/\s]+$/, KINDS.dynamodb],
  ["kafka", /^(cluster|vpc-connection)\/\S+$/, KINDS.kafka],
  ["mq", /^broker:[^:\s]+:b-[0-9a-fA-F-]+$/, KINDS.mq],
  ["rds", /^cluster:[^:\s]+$/, KINDS.docdb],
  ["hearth", /^redis-stream\/[a-zA-Z0-9_-]+\/.+$/s, KINDS.redisStream],
  ["hearth", /^mqtt\/[a-zA-Z0-9_-]+\/.+$/s, KINDS.mqtt],
  ["hearth", /^nats\/[a-zA-Z0-9_-]+\/.+$/s, KINDS.nats],
  ["hearth", /^postgres\/[a-zA-Z0-9_-]+\/channel\/.+$/s, KINDS.postgresChannel],
  ["hearth", /^postgres\/[a-zA-Z0-9_-]+\/changes\/[^/]+(\/[^/,]+\.[^/,]+(,[^/,]+\.[^/,]+)*)?$/s, KINDS.postgresChanges],
];

/** The kind of a mapping's source. Throws InvalidParameterValueException for an unknown source. */
export function kindOf(EventSourceArn: string | undefined, settings: EventSourceSettings): EventSourceKind {
  const servers = settings.SelfManagedEventSource?.Endpoints?.["KAFKA_BOOTSTRAP_SERVERS"];
  if (EventSourceArn === undefined && servers) return KINDS.selfManaged;
  const [, , service, , account, ...resource] = EventSourceArn?.split(":") ?? [];
  const found = ARNS.find(([name, pattern]) => name === service && pattern.test(resource.join(":")));
  if (!found || !account || servers) throw new InvalidParameterValueException("Unrecognized event source.");
  return found[2];
}
