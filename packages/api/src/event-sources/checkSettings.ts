import { type EventSourceSettings, InvalidParameterValueException } from "@hearth/model";
import { isFilterPattern } from "./filterPattern.ts";
import { checkSourceAccess } from "./checkSourceAccess.ts";
import type { EventSourceKind } from "./kinds.ts";

/** Of self-managed Kafka: a share group has no position of its own and delivers no batches by time. */
const NOT_IN_QUEUE_MODE = ["StartingPosition", "StartingPositionTimestamp", "MaximumBatchingWindowInSeconds"] as const;
/** AWS's quota. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-basics */
const MAX_FILTERS = 5;
const MAX_QUEUE_BATCH_WITHOUT_WINDOW = 10;
const UNSUPPORTED_DESTINATION = "Unsupported DestinationConfig parameter for given event source mapping type.";

/** Refuses non-empty members that this kind of source does not have. */
export function checkMembers(kind: EventSourceKind, given: EventSourceSettings): void {
  for (const [name, value] of Object.entries(given)) {
    if (kind.members.has(name as keyof EventSourceSettings) || isEmpty(value)) continue;
    if (kind.name === "SQS" && name === "StartingPosition")
      throw invalid("StartingPosition is not valid for SQS event sources.");
    if (name === "DestinationConfig") throw invalid(UNSUPPORTED_DESTINATION);
    throw invalid(`Unsupported '${lowerFirst(name)}' parameter for given event source mapping type.`);
  }
}

/** AWS's rules for the settings as they will be stored: with defaults, and for an update merged with the current ones. */
export function checkSettings(
  kind: EventSourceKind,
  settings: EventSourceSettings,
  { EventSourceArn, now }: { readonly EventSourceArn: string | undefined; readonly now: number },
): void {
  for (const name of kind.required) {
    if (settings[name] !== undefined) continue;
    if (kind.name === "self-managed Kafka" && name === "SourceAccessConfigurations")
      throw invalid("Required 'sourceAccessConfigurations' parameter is missing.");
    throw invalid(
      `1 validation error detected: Value null at '${lowerFirst(name)}' failed to satisfy constraint: Member must not be null.`,
    );
  }
  checkPosition(kind, settings, EventSourceArn, now);
  checkBatches(kind, settings, EventSourceArn?.endsWith(".fifo") ?? false);
  checkFilters(settings.FilterCriteria);
  checkDestination(kind, settings.DestinationConfig);
  checkSourceAccess(kind, settings.SourceAccessConfigurations);
  checkPollers(kind, settings);
  const age = settings.MaximumRecordAgeInSeconds ?? -1;
  if (age !== -1 && age < 60) throw invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800 seconds.");
  const metric = settings.MetricsConfig?.Metrics?.find((name) => !kind.metrics.includes(name));
  if (metric !== undefined) throw invalid(`The metric ${metric} is not supported for ${kind.name} event sources.`);
  if (kind.name === "DocumentDB" && settings.DocumentDBEventSourceConfig?.DatabaseName === undefined)
    throw invalid("DatabaseName is required for DocumentDB event sources.");
}

function checkPosition(
  kind: EventSourceKind,
  settings: EventSourceSettings,
  EventSourceArn: string | undefined,
  now: number,
): void {
  if (settings.SelfManagedKafkaEventSourceConfig?.ConsumptionMode === "Queue") {
    const given = NOT_IN_QUEUE_MODE.find((name) => settings[name] !== undefined);
    if (given) throw invalid(`${given} is not supported when ConsumptionMode is Queue.`);
  }
  const { StartingPosition, StartingPositionTimestamp } = settings;
  if (kind.name === "PostgreSQL changes" && StartingPosition !== "LATEST")
    throw invalid(
      "Changes of PostgreSQL can be read from LATEST only: the server keeps none from before the mapping was made.",
    );
  if (StartingPosition === "AT_TIMESTAMP") {
    if (kind.name === "DynamoDB") throw invalid(`Unsupported starting position for arn type: ${EventSourceArn}`);
    if (StartingPositionTimestamp === undefined) throw invalid("Need to specify a timestamp");
    if (StartingPositionTimestamp * 1000 > now) throw invalid("StartingPositionTimestamp cannot be in the future.");
  } else if (StartingPositionTimestamp !== undefined) {
    throw invalid("StartingPositionTimestamp is only valid with StartingPosition AT_TIMESTAMP.");
  }
}

function checkBatches(kind: EventSourceKind, settings: EventSourceSettings, isFifo: boolean): void {
  if (kind.name !== "SQS") return;
  const { BatchSize = 0, MaximumBatchingWindowInSeconds = 0 } = settings;
  if (isFifo && MaximumBatchingWindowInSeconds > 0) throw invalid("Batching window is not supported for FIFO queues");
  if (BatchSize <= MAX_QUEUE_BATCH_WITHOUT_WINDOW) return;
  if (isFifo) throw invalid("Batch size must not be greater than 10 for FIFO queues");
  if (MaximumBatchingWindowInSeconds === 0)
    throw invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
}

function checkFilters(criteria: EventSourceSettings["FilterCriteria"]): void {
  const filters = criteria?.Filters ?? [];
  if (filters.length > MAX_FILTERS) throw invalid(`The number of filters exceeds the limit of ${MAX_FILTERS}.`);
  if (filters.some(({ Pattern }) => Pattern === undefined || !isFilterPattern(Pattern)))
    throw invalid("Invalid filter pattern definition.");
}

function checkDestination(kind: EventSourceKind, config: EventSourceSettings["DestinationConfig"]): void {
  const Destination = config?.OnFailure?.Destination;
  if (Destination === undefined) return;
  const [, , service, , , resource = ""] = Destination.split(":");
  const isKafka = kind.name === "MSK" || kind.name === "self-managed Kafka";
  const isTopic = Destination.startsWith("kafka://");
  const isStandard = (service === "sqs" || service === "sns") && !resource.endsWith(".fifo");
  if (isTopic ? isKafka : (isStandard || service === "s3") && resource !== "") return;
  throw invalid(`The destination ARN ${Destination} is invalid.`);
}

function checkPollers(kind: EventSourceKind, settings: EventSourceSettings): void {
  const { ProvisionedPollerConfig: pollers, ScalingConfig: scaling } = settings;
  const registry = (settings.AmazonManagedKafkaEventSourceConfig ?? settings.SelfManagedKafkaEventSourceConfig)
    ?.SchemaRegistryConfig;
  if (registry && !pollers) throw invalid("SchemaRegistryConfig is only available with ProvisionedPollerConfig.");
  if (!pollers) return;
  const { MinimumPollers, MaximumPollers, PollerGroupName } = pollers;
  if (scaling) throw invalid("ScalingConfig and ProvisionedPollerConfig cannot be used together.");
  if (kind.name === "SQS") {
    if (PollerGroupName) throw invalid("PollerGroupName is not supported for SQS event sources.");
    if (Math.min(MinimumPollers ?? 2, MaximumPollers ?? 2) < 2)
      throw invalid("MinimumPollers and MaximumPollers must be at least 2 for SQS event sources.");
  }
  if (MinimumPollers !== undefined && MaximumPollers !== undefined && MinimumPollers > MaximumPollers)
    throw invalid("MinimumPollers must not be greater than MaximumPollers.");
}

/** Whether `value` is empty, which removes a setting. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "") return true;
  return typeof value === "object" && value !== null && Object.values(value).every(isEmpty);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function invalid(message: string): InvalidParameterValueException {
  return new InvalidParameterValueException(message);
}
