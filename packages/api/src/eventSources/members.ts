import {
  bool,
  choice,
  integer,
  list,
  NamespacedFunctionName,
  structure,
  structures,
  text,
  timestamp,
} from "@hearth/model";
import { z } from "zod";
import { DestinationConfig } from "../eventInvokeMembers.ts";
import { Tags } from "../functionMembers.ts";

/** AWS's constraints on the members of event source mappings; what a kind of source allows is in kinds.ts. */

const ARN = "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)";
const ENDPOINT =
  "(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}";
const URI_PATTERN = "[a-zA-Z0-9-\\/*:_+=.@-]*";
const URI = text({ min: 1, max: 200, pattern: URI_PATTERN });

export const EventSourceArn = text({ pattern: ARN });

const SOURCE_ACCESS_TYPES = [
  "BASIC_AUTH",
  "VPC_SUBNET",
  "VPC_SECURITY_GROUP",
  "SASL_SCRAM_512_AUTH",
  "SASL_SCRAM_256_AUTH",
  "VIRTUAL_HOST",
  "CLIENT_CERTIFICATE_TLS_AUTH",
  "SERVER_ROOT_CA_CERTIFICATE",
] as const;

const KafkaConfig = structure({
  ConsumerGroupId: URI.optional(),
  SchemaRegistryConfig: structure({
    SchemaRegistryURI: text({ min: 1, max: 10_000, pattern: URI_PATTERN }).optional(),
    EventRecordFormat: choice(["JSON", "SOURCE"]).optional(),
    AccessConfigs: structures(
      structure({
        Type: choice(["BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE"]).optional(),
        URI: text({ pattern: ARN }).optional(),
      }),
    ).optional(),
    SchemaValidationConfigs: structures(structure({ Attribute: choice(["KEY", "VALUE"]).optional() })).optional(),
  }).optional(),
});

const KEY_RULE = "Map keys must satisfy constraint: [Member must satisfy enum value set: [KAFKA_BOOTSTRAP_SERVERS]]";
const Endpoints = z
  .record(z.string(), list({ min: 1, max: 300, pattern: ENDPOINT }, { min: 1, max: 10 }))
  .superRefine((map, context) => {
    const keys = Object.keys(map);
    if (keys.some((key) => key !== "KAFKA_BOOTSTRAP_SERVERS")) context.addIssue({ code: "custom", message: KEY_RULE });
    if (keys.length === 0)
      context.addIssue({ code: "custom", message: "Member must have length greater than or equal to 1" });
  });

/** Members that creating and updating share. */
const changeable = {
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
    { max: 22 },
  ).optional(),
  TumblingWindowInSeconds: integer({ min: 0, max: 900 }).optional(),
  FunctionResponseTypes: list({ values: ["ReportBatchItemFailures"] }, { max: 1 }).optional(),
  ScalingConfig: structure({ MaximumConcurrency: integer({ min: 2, max: 1000 }).optional() }).optional(),
  AmazonManagedKafkaEventSourceConfig: KafkaConfig.optional(),
  SelfManagedKafkaEventSourceConfig: KafkaConfig.optional(),
  DocumentDBEventSourceConfig: structure({
    DatabaseName: text({ min: 1, max: 63, pattern: "[^ /\\.$\\x22]*" }).optional(),
    CollectionName: text({
      min: 1,
      max: 57,
      pattern: "(^(?!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)",
    }).optional(),
    FullDocument: choice(["UpdateLookup", "Default"]).optional(),
  }).optional(),
  KMSKeyArn: text({ pattern: "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()" }).optional(),
  MetricsConfig: structure({
    Metrics: list({ values: ["EventCount", "ErrorCount", "KafkaMetrics"] }, { max: 3 }).optional(),
  }).optional(),
  LoggingConfig: structure({ SystemLogLevel: choice(["DEBUG", "INFO", "WARN"]).optional() }).optional(),
  ProvisionedPollerConfig: structure({
    MinimumPollers: integer({ min: 1, max: 200 }).optional(),
    MaximumPollers: integer({ min: 1, max: 2000 }).optional(),
    PollerGroupName: text({ min: 0, max: 128, pattern: "[a-zA-Z0-9-_]*" }).optional(),
  }).optional(),
};

export const CreateInput = structure({
  EventSourceArn: EventSourceArn.optional(),
  FunctionName: NamespacedFunctionName,
  Enabled: bool().optional(),
  ...changeable,
  StartingPosition: choice(["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]).optional(),
  StartingPositionTimestamp: timestamp().optional(),
  Tags: Tags.optional(),
  Topics: list({ min: 1, max: 249, pattern: "[^.]([a-zA-Z0-9\\-_.]+)" }, { min: 1, max: 1 }).optional(),
  Queues: list({ min: 1, max: 1000, pattern: "[\\s\\S]*" }, { min: 1, max: 1 }).optional(),
  SelfManagedEventSource: structure({ Endpoints: Endpoints.optional() }).optional(),
});

export const UpdateInput = structure({
  UUID: text(),
  FunctionName: NamespacedFunctionName.optional(),
  Enabled: bool().optional(),
  ...changeable,
});
