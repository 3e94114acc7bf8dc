import {
  AliasStore,
  ChangeBarrier,
  CodeSigningConfigStore,
  ConcurrencyStore,
  type Database,
  DeliveryStore,
  FanOutStore,
  EventInvokeConfigStore,
  EventSourceMappingStore,
  EventSourceUnitStore,
  SourceRemainsStore,
  EventPayloads,
  EventStore,
  FunctionStore,
  FunctionUrlStore,
  ImageRequestStore,
  LayerStore,
  LogChunkStore,
  LogGroupStore,
  LogStreamStore,
  MetricPointStore,
  MetricSeriesStore,
  PolicyStore,
  ProvisionedConcurrencyStore,
  RecursionConfigStore,
  RuntimeManagementStore,
  ServiceUsageStore,
  TagStore,
  UsageStore,
} from "@hearth/store";
import { AlarmNews } from "@hearth/monitoring";
import { BucketGrants, type CodeBucket, CodeStore, type FreeDisk, S3CodeBucket } from "@hearth/code";
import type { Base } from "./base.ts";
import type { Config } from "./config.ts";
import { objectServerAuthorities } from "./openObjectServer.ts";

export const BYTES_PER_MB = 1_048_576;

/** Every table and archive that the roles work with. None keeps a connection or a file open. */
export interface Stores {
  readonly functions: FunctionStore;
  readonly aliases: AliasStore;
  readonly policies: PolicyStore;
  readonly layers: LayerStore;
  readonly images: ImageRequestStore;
  readonly tags: TagStore;
  readonly concurrency: ConcurrencyStore;
  readonly provisionedConcurrency: ProvisionedConcurrencyStore;
  readonly eventInvokeConfigs: EventInvokeConfigStore;
  readonly functionUrls: FunctionUrlStore;
  readonly changes: ChangeBarrier;
  readonly eventSourceMappings: EventSourceMappingStore;
  readonly eventSourceUnits: EventSourceUnitStore;
  readonly sourceRemains: SourceRemainsStore;
  readonly codeSigningConfigs: CodeSigningConfigStore;
  readonly runtimeManagement: RuntimeManagementStore;
  readonly recursionConfigs: RecursionConfigStore;
  readonly code: CodeStore;
  readonly codeBucket?: CodeBucket;
  readonly bucketGrants: BucketGrants;
  readonly events: EventStore;
  readonly eventPayloads: EventPayloads;
  readonly deliveries: DeliveryStore;
  readonly fanOuts: FanOutStore;
  readonly usage: UsageStore;
  readonly serviceUsage: ServiceUsageStore;
  readonly logs: { readonly groups: LogGroupStore; readonly streams: LogStreamStore; readonly chunks: LogChunkStore };
  readonly metrics: { readonly series: MetricSeriesStore; readonly points: MetricPointStore };
  readonly alarmNews: AlarmNews;
}

export function openStores({ config, clock, random, logger }: Base, database: Database, disk: FreeDisk): Stores {
  const deps = { database, clock, random };
  const metricSeries = new MetricSeriesStore(database, config.HEARTH_METRIC_SERIES);
  const codeBytesLimit = config.HEARTH_CODE_STORAGE_MB * BYTES_PER_MB;
  return {
    functions: new FunctionStore({ ...deps, codeBytesLimit, functionsLimit: config.HEARTH_FUNCTIONS }),
    aliases: new AliasStore(deps),
    policies: new PolicyStore(deps),
    layers: new LayerStore({ ...deps, codeBytesLimit }),
    images: new ImageRequestStore(deps),
    tags: new TagStore(deps),
    concurrency: new ConcurrencyStore(deps),
    provisionedConcurrency: new ProvisionedConcurrencyStore(deps),
    eventInvokeConfigs: new EventInvokeConfigStore(deps),
    functionUrls: new FunctionUrlStore(deps),
    changes: new ChangeBarrier({ database, clock, logger }),
    eventSourceMappings: new EventSourceMappingStore(deps),
    eventSourceUnits: new EventSourceUnitStore(database),
    sourceRemains: new SourceRemainsStore(database),
    codeSigningConfigs: new CodeSigningConfigStore(deps),
    runtimeManagement: new RuntimeManagementStore(deps),
    recursionConfigs: new RecursionConfigStore(deps),
    code: new CodeStore(config.HEARTH_DATA, { ...deps, disk }),
    ...(config.HEARTH_S3_ENDPOINT && { codeBucket: openCodeBucket(config, config.HEARTH_S3_ENDPOINT) }),
    bucketGrants: new BucketGrants(config.HEARTH_S3_BUCKETS),
    events: new EventStore(database, logger, { keptPayloadBytes: config.HEARTH_EVENT_PAYLOAD_KB * 1024 }),
    eventPayloads: new EventPayloads(database),
    deliveries: new DeliveryStore(database),
    fanOuts: new FanOutStore(database),
    usage: new UsageStore(database),
    serviceUsage: new ServiceUsageStore(database),
    logs: {
      groups: new LogGroupStore(database),
      streams: new LogStreamStore(database),
      chunks: new LogChunkStore(database),
    },
    metrics: { series: metricSeries, points: new MetricPointStore(database, metricSeries) },
    alarmNews: new AlarmNews(),
  };
}

function openCodeBucket(config: Config, endpoint: string): CodeBucket {
  return new S3CodeBucket({
    endpoint,
    region: config.HEARTH_S3_REGION ?? config.HEARTH_REGION,
    pathStyle: config.HEARTH_S3_PATH_STYLE,
    credentials: {
      accessKeyId: config.HEARTH_S3_ACCESS_KEY_ID ?? "",
      secretAccessKey: config.HEARTH_S3_SECRET_ACCESS_KEY ?? "",
    },
    ca: objectServerAuthorities(config),
  });
}
