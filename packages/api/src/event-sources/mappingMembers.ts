import {
  Arn,
  ArnOrNothing,
  bool,
  choice,
  integer,
  list,
  NamespacedFunctionName,
  structure,
  structures,
  text,
  timestamp,
  typeMessage,
  Tags,
} from "@hearth/model";
import { z } from "zod";
import { DestinationConfig } from "../invocations/eventInvokeMembers.ts";

/** AWS's constraints on the members of event source mappings. What each kind of source allows is in kinds.ts. */

const ENDPOINT =
  "(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}";
const URI = text({ min: 1, max: 200, pattern: "[ a-zA-Z0-9-\\/*:_+=.@-]*" });
export const MappingId = text({
  min: 36,
  max: 36,
  pattern: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
});

const SOURCE_ACCESS_TYPES = [
  "BASIC_AUTH",
  "VPC_SUBNET",
  "VPC_SECURITY_GROUP",
  "SASL_SCRAM_512_AUTH",
  "SASL_SCRAM_256_AUTH",
  "VIRTUAL_HOST",
  "CLIENT_CERTIFICATE_TLS_AUTH",
  "SERVER_ROOT_CA_CERTIFICATE",
  "OAUTHBEARER_AUTH",
  "OAUTHBEARER_SCOPE",
  "OAUTHBEARER_AUDIENCE",
  "OAUTHBEARER_LOGICAL_CLUSTER",
  "OAUTHBEARER_IDENTITY_POOL",
  "IAM_AUTH",
  "IAM_OAUTHBEARER_AUTH",
] as const;

const REGISTRY_ACCESS_TYPES = [
  "BASIC_AUTH",
  "CLIENT_CERTIFICATE_TLS_AUTH",
  "SERVER_ROOT_CA_CERTIFICATE",
  "OAUTHBEARER_AUTH",
] as const;

const kafkaConfig = {
  ConsumerGroupId: URI.optional(),
  SchemaRegistryConfig: structure({
    SchemaRegistryURI: text({ min: 1, max: 10_000, pattern: "[a-zA-Z0-9-\\/*:_+=.@-]*" }).optional(),
    EventRecordFormat: choice(["JSON", "SOURCE"]).optional(),
    AccessConfigs: structures(
      structure({
        Type: choice(REGISTRY_ACCESS_TYPES).optional(),
        URI: Arn.optional(),
      }),
    ).optional(),
    SchemaValidationConfigs: structures(structure({ Attribute: choice(["KEY", "VALUE"]).optional() })).optional(),
  }).optional(),
};

const KEY_RULE = "Map keys must satisfy constraint: [Member must satisfy enum value set: [KAFKA_BOOTSTRAP_SERVERS]]";
const Endpoints = z
  .record(z.string(), list({ min: 1, max: 300, pattern: ENDPOINT }, { min: 1, max: 10 }), { error: typeMessage("Map") })
  .superRefine((map, context) => {
    const keys = Object.keys(map);
    if (keys.some((key) => key !== "KAFKA_BOOTSTRAP_SERVERS")) context.addIssue({ code: "custom", message: KEY_RULE });
    if (keys.length === 0)
      context.addIssue({ code: "custom", message: "Member must have length greater than or equal to 1" });
    if (keys.length > 2)
      context.addIssue({ code: "custom", message: "Member must have length less than or equal to 2" });
  });

export const SelfManagedEventSource = structure({ Endpoints: Endpoints.optional() });

/** Members that both CreateEventSourceMapping and UpdateEventSourceMapping have. */
export const changeable = {
  BatchSize: integer({ min: 1, max: 10_000 }).optional(),
  FilterCriteria: structure({
    Filters: structures(structure({ Pattern: text({ min: 0, max: 4096 }).optional() })).optional(),
  }).optional(),
  MaximumBatchingWindowInSeconds: integer({ min: 0, max: 300 }).optional(),
  DestinationConfig: DestinationConfig.optional(),
  MaximumRecordAgeInSeconds: integer({ min: -1, max: 604_800 }).optional(),
  BisectBatchOnFunctionError: bool().optional(),
  MaximumRetryAttempts: integer({ min: -1, max: 10_000 }).optional(),
  ParallelizationFactor: integer({ min: 1, max: 10 }).optional(),
  SourceAccessConfigurations: structures(
    structure({ Type: choice(SOURCE_ACCESS_TYPES).optional(), URI: URI.optional() }),
    { max: 23 },
  ).optional(),
  TumblingWindowInSeconds: integer({ min: 0, max: 900 }).optional(),
  FunctionResponseTypes: list({ values: ["ReportBatchItemFailures"] }, { max: 1 }).optional(),
  ScalingConfig: structure({ MaximumConcurrency: integer({ min: 2, max: 1000 }).optional() }).optional(),
  AmazonManagedKafkaEventSourceConfig: structure(kafkaConfig).optional(),
  SelfManagedKafkaEventSourceConfig: structure({
    ...kafkaConfig,
    ConsumptionMode: choice(["Stream", "Queue"]).optional(),
  }).optional(),
  DocumentDBEventSourceConfig: structure({
    DatabaseName: text({ min: 1, max: 63, pattern: "[^ /\\.$\\x22]*" }).optional(),
    CollectionName: text({
      min: 1,
      max: 57,
      pattern: "(^(?!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)",
    }).optional(),
    FullDocument: choice(["UpdateLookup", "Default"]).optional(),
  }).optional(),
  KMSKeyArn: ArnOrNothing.optional(),
  MetricsConfig: structure({
    Metrics: list({ values: ["EventCount", "ErrorCount", "KafkaMetrics"] }, { max: 3 }).optional(),
  }).optional(),
  LoggingConfig: structure({ SystemLogLevel: choice(["DEBUG", "INFO", "WARN"]).optional() }).optional(),
  ProvisionedPollerConfig: structure({
    MinimumPollers: integer({ min: 1, max: 200 }).optional(),
    MaximumPollers: integer({ min: 1, max: 10_000 }).optional(),
    PollerGroupName: text({ min: 0, max: 128, pattern: "[a-zA-Z0-9-_]*" }).optional(),
  }).optional(),
};

export const CreateInput = structure({
  EventSourceArn: Arn.optional(),
  FunctionName: NamespacedFunctionName,
  Enabled: bool().optional(),
  ...changeable,
  StartingPosition: choice(["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"]).optional(),
  StartingPositionTimestamp: timestamp().optional(),
  Tags: Tags.optional(),
  Topics: list({ min: 1, max: 249, pattern: "[^.]([a-zA-Z0-9\\-_.]+)" }, { min: 1, max: 1 }).optional(),
  Queues: list({ min: 1, max: 1000, pattern: "[\\s\\S]*" }, { min: 1, max: 1 }).optional(),
  SelfManagedEventSource: SelfManagedEventSource.optional(),
});

export const UpdateInput = structure({
  UUID: MappingId,
  FunctionName: NamespacedFunctionName.optional(),
  Enabled: bool().optional(),
  ...changeable,
});
