/**
 * What a user sets of an event source mapping, in AWS's members.
 * https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
 */
export interface EventSourceSettings {
  readonly BatchSize?: number | undefined;
  readonly MaximumBatchingWindowInSeconds?: number | undefined;
  readonly FilterCriteria?:
    | { readonly Filters?: readonly { readonly Pattern?: string | undefined }[] | undefined }
    | undefined;
  readonly KMSKeyArn?: string | undefined;
  readonly ParallelizationFactor?: number | undefined;
  readonly StartingPosition?: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP" | undefined;
  /** Seconds since the epoch. */
  readonly StartingPositionTimestamp?: number | undefined;
  readonly DestinationConfig?:
    | {
        readonly OnSuccess?: { readonly Destination?: string | undefined } | undefined;
        readonly OnFailure?: { readonly Destination?: string | undefined } | undefined;
      }
    | undefined;
  /** Seconds, or -1 for no limit. */
  readonly MaximumRecordAgeInSeconds?: number | undefined;
  readonly BisectBatchOnFunctionError?: boolean | undefined;
  /** -1 for no limit. */
  readonly MaximumRetryAttempts?: number | undefined;
  readonly TumblingWindowInSeconds?: number | undefined;
  readonly FunctionResponseTypes?: readonly string[] | undefined;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | undefined } | undefined;
  readonly Topics?: readonly string[] | undefined;
  readonly Queues?: readonly string[] | undefined;
  readonly SourceAccessConfigurations?:
    | readonly {
        readonly Type?: string | undefined;
        readonly URI?: string | undefined;
      }[]
    | undefined;
  readonly SelfManagedEventSource?:
    | { readonly Endpoints?: Readonly<Record<string, readonly string[]>> | undefined }
    | undefined;
  readonly AmazonManagedKafkaEventSourceConfig?: KafkaEventSourceConfig | undefined;
  readonly SelfManagedKafkaEventSourceConfig?: KafkaEventSourceConfig | undefined;
  readonly DocumentDBEventSourceConfig?:
    | {
        readonly DatabaseName?: string | undefined;
        readonly CollectionName?: string | undefined;
        readonly FullDocument?: "UpdateLookup" | "Default" | undefined;
      }
    | undefined;
  readonly MetricsConfig?: { readonly Metrics?: readonly string[] | undefined } | undefined;
  readonly LoggingConfig?: { readonly SystemLogLevel?: string | undefined } | undefined;
  readonly ProvisionedPollerConfig?:
    | {
        readonly MinimumPollers?: number | undefined;
        readonly MaximumPollers?: number | undefined;
        readonly PollerGroupName?: string | undefined;
      }
    | undefined;
}

export interface KafkaEventSourceConfig {
  readonly ConsumerGroupId?: string | undefined;
  /** Of self-managed Kafka only. `Stream` when it is absent. */
  readonly ConsumptionMode?: "Stream" | "Queue" | undefined;
  readonly SchemaRegistryConfig?:
    | {
        readonly SchemaRegistryURI?: string | undefined;
        readonly EventRecordFormat?: string | undefined;
        readonly AccessConfigs?:
          | readonly { readonly Type?: string | undefined; readonly URI?: string | undefined }[]
          | undefined;
        readonly SchemaValidationConfigs?: readonly { readonly Attribute?: string | undefined }[] | undefined;
      }
    | undefined;
}
