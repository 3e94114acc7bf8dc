import { structure } from "@hearth/model";
import { z } from "zod";
import { changeable, SelfManagedEventSource } from "./mappingMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export const EventSourceMappingConfiguration = structure({
  UUID: z.string(),
  StartingPosition: z.string(),
  StartingPositionTimestamp: z.date(),
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.number(),
  ParallelizationFactor: z.number(),
  EventSourceArn: z.string(),
  FilterCriteria: changeable.FilterCriteria,
  FilterCriteriaError: structure({ ErrorCode: z.string(), Message: z.string() }).partial(),
  KMSKeyArn: z.string(),
  MetricsConfig: changeable.MetricsConfig,
  LoggingConfig: changeable.LoggingConfig,
  ScalingConfig: changeable.ScalingConfig,
  FunctionArn: z.string(),
  LastModified: z.date(),
  LastProcessingResult: z.string(),
  State: z.string(),
  StateTransitionReason: z.string(),
  DestinationConfig: changeable.DestinationConfig,
  Topics: z.array(z.string()),
  Queues: z.array(z.string()),
  SourceAccessConfigurations: changeable.SourceAccessConfigurations,
  SelfManagedEventSource,
  MaximumRecordAgeInSeconds: z.number(),
  BisectBatchOnFunctionError: z.boolean(),
  MaximumRetryAttempts: z.number(),
  TumblingWindowInSeconds: z.number(),
  FunctionResponseTypes: z.array(z.string()),
  AmazonManagedKafkaEventSourceConfig: changeable.AmazonManagedKafkaEventSourceConfig,
  SelfManagedKafkaEventSourceConfig: changeable.SelfManagedKafkaEventSourceConfig.unwrap().extend({
    ConsumptionMode: z.string().optional(),
  }),
  DocumentDBEventSourceConfig: changeable.DocumentDBEventSourceConfig,
  EventSourceMappingArn: z.string(),
  ProvisionedPollerConfig: changeable.ProvisionedPollerConfig,
}).partial();
