export type { AuditCaller, AuditEvent } from "./audit/auditEvent.ts";
export {
  AUDIT_NEWS_POSITION,
  AuditEventStore,
  type AuditFilter,
  type AuditNews,
  type AuditPage,
  type AuditPosition,
  type AuditQuery,
} from "./audit/auditEvents.ts";
export { AuditRetention, type AuditRetentionDeps } from "./audit/auditRetention.ts";
export { AuditTrail, type AuditTrailDeps } from "./audit/auditTrail.ts";
export { ChangeBarrier } from "./change-log/changeBarrier.ts";
export * from "./change-log/changeLog.ts";
export * from "./postgres/database.ts";
export * from "./postgres/databaseErrors.ts";
export { DatabaseMetrics, type PoolFigures } from "./postgres/databaseMetrics.ts";
export { DatabaseSize, type DatabaseSizeDeps } from "./postgres/databaseSize.ts";
export { type DatabaseFacts, databaseFacts } from "./postgres/databaseFacts.ts";
export { DatabaseUnanswered, LONG_STATEMENT_TIMEOUT_MS } from "./postgres/statementDeadline.ts";
export * from "./embedded/embeddedPostgres.ts";
export * from "./postgres/migrate.ts";
export * from "./postgres/otherVersionError.ts";
export type * from "./functions/activation.ts";
export type { ListenHandlers } from "./postgres/listener.ts";
export * from "./code-signing/codeSigningConfigs.ts";
export * from "./functions/recursionConfigs.ts";
export * from "./functions/runtimeManagement.ts";
export { postgresPaths } from "./embedded/postgresFiles.ts";
export * from "./usage/serviceUsage.ts";
export * from "./usage/usage.ts";
export * from "./functions/aliases.ts";
export { ConcurrencyStore, type ConcurrencyStoreDeps } from "./functions/concurrency.ts";
export * from "./functions/functions.ts";
export * from "./functions/functionUrls.ts";
export * from "./functions/eventInvokeConfigs.ts";
export * from "./event-source-mappings/eventSourceMappings.ts";
export * from "./event-source-mappings/eventSourceUnits.ts";
export * from "./event-source-mappings/sourceRemains.ts";
export * from "./event-source-mappings/mappingState.ts";
export {
  awsTimestamp,
  type CodeArchive,
  configurationOf,
  type FunctionCode,
  type FunctionRecord,
  resolvedImageUri,
} from "./functions/functionRecord.ts";
export type { AttachedLayer, FunctionSettings } from "./functions/functionSettings.ts";
export type { FunctionKey } from "./functions/functionRows.ts";
export type { Page, PageRequest } from "./postgres/page.ts";
export * from "./functions/imageRequests.ts";
export * from "./layers/layers.ts";
export * from "./functions/policies.ts";
export { type PolicyDocument, policyDocument, type PolicyStatement } from "./resource-policies/policyStatements.ts";
export {
  type ProvisionedConcurrencyConfig,
  ProvisionedConcurrencyStore,
  type ProvisionedConcurrencyStoreDeps,
  type ProvisionedShare,
  type ProvisionedStatus,
  type RequestedConcurrency,
} from "./functions/provisionedConcurrency.ts";
export { TagStore, type Tags, type TagStoreDeps } from "./functions/tags.ts";
export * from "./function-index/functionIndex.ts";
export * from "./function-index/invokerLease.ts";
export * from "./deliveries/deliveries.ts";
export * from "./deliveries/deliveryHistory.ts";
export * from "./deliveries/fanOuts.ts";
export { OutboundRateStore } from "./outbound/outboundRates.ts";
export * from "./eventbridge/apiDestinations.ts";
export * from "./eventbridge/archivedEvents.ts";
export * from "./eventbridge/eventArchives.ts";
export * from "./eventbridge/eventBuses.ts";
export {
  type EventConnectionKey,
  type EventConnectionRecord,
  EventConnectionStore,
  type EventConnectionType,
  type NewEventConnection,
} from "./eventbridge/eventConnections.ts";
export * from "./eventbridge/eventReplays.ts";
export * from "./eventbridge/eventRules.ts";
export * from "./eventbridge/ruleTargets.ts";
export { EventPayloadLimit, type EventPayloadLimitDeps } from "./events/eventPayloadLimit.ts";
export { EventPayloads, type PayloadBytes } from "./events/eventPayloads.ts";
export * from "./events/events.ts";
export {
  type ComparedEvent,
  type EndedRun,
  type EventAttempt,
  EventHistory,
  type EventListing,
  type ListedEvent,
  type Replay,
  type Replayed,
  type ShownEvent,
  type UndeliveredMessage,
} from "./events/eventHistory.ts";
export { type NewEvent, sendEvents } from "./events/insertEvents.ts";
export type { EventAnswer, FinishCondition, Settlement } from "./events/settlement.ts";
export { ClockWatch, type ClockWatchDeps } from "./clock/clockWatch.ts";
export * from "./iam/accessKeys.ts";
export * from "./iam/accounts.ts";
export * from "./iam/identities.ts";
export { IamPolicyStore, type PolicyKey, type PolicyRecord, type PolicyVersionRecord } from "./iam/policies.ts";
export { type AttachedPolicy, type EntityKey, IamEntityPolicyStore, type InlinePolicy } from "./iam/entityPolicies.ts";
export { IamRoleStore, type NamePage, type RoleChanges, type RoleKey, type RoleRecord } from "./iam/roles.ts";
export { IamUserStore, type UserKey, type UserRecord } from "./iam/users.ts";
export { LOG_FILTER_CHANNEL, LogChunkStore, type StoredLogChunk } from "./logs/logChunks.ts";
export {
  LOG_QUERY_CHANNEL,
  type LogQuery,
  type LogQueryEnd,
  type LogQueryGroup,
  type LogQueryRow,
  type LogQueryStatistics,
  LogQueryStore,
} from "./logs/logQueries.ts";
export { LogQueryDefinitionStore, type LogQueryDefinition } from "./logs/logQueryDefinitions.ts";
export { LogResourcePolicyStore, type LogResourcePolicy } from "./logs/logResourcePolicies.ts";
export { type ClaimedLogChunk, LogFilterQueue } from "./logs/logFilterQueue.ts";
export {
  type FilteredGroup,
  LogFilterStore,
  type LogMetricFilter,
  type LogMetricTransformation,
  type LogSubscriptionFilter,
} from "./logs/logFilters.ts";
export {
  type EventPosition,
  type EventQuery,
  type EventsRead,
  readEvents,
  type StoredLogEvent,
} from "./logs/logEvents.ts";
export { type LogGroupKey, type LogGroupRecord, LogGroupStore } from "./logs/logGroups.ts";
export { LogStorageLimit, type LogStorageLimitDeps } from "./logs/logStorageLimit.ts";
export { LogRetention, type LogRetentionDeps } from "./logs/logRetention.ts";
export { type LogStreamPosition, type LogStreamRecord, LogStreamStore } from "./logs/logStreams.ts";
export { LogWriter, type LogWriterDeps } from "./logs/logWriter.ts";
export * from "./postgres/masterKeys.ts";
export { type DatabaseOutline, dumpRows, outlineOf, type Rows } from "./backup/dumpDatabase.ts";
export { isEmptyDatabase, loadDatabase } from "./backup/loadDatabase.ts";
export { codeInUse } from "./functions/codeStorage.ts";
export { type SnsAccepted, SnsDeduplication, type SnsDeduplicationKey } from "./sns/snsDeduplication.ts";
export { AccountLimit } from "./postgres/accountLimit.ts";
export { Batcher, type BatcherLimits } from "./postgres/batcher.ts";
export { ReadBatcher } from "./postgres/readBatcher.ts";
export { type SnsSigningKey, SnsSigningKeyStore } from "./sns/snsSigningKeys.ts";
export * from "./sns/snsSubscriptions.ts";
export * from "./sns/snsTopics.ts";
export {
  type SqsQueueKey,
  type SqsQueueList,
  type SqsQueueRecord,
  SQS_RETENTION_SECONDS,
  SqsQueueStore,
  type SqsTexts,
} from "./sqs/sqsQueues.ts";
export type * from "./sqs/sqsMessage.ts";
export type { SqsClaim, SqsClaimed } from "./sqs/sqsClaims.ts";
export { SqsMessageStore, type SqsOutlook, type SqsVisibilityOutcome } from "./sqs/sqsMessages.ts";
export { SqsBodySlots } from "./sqs/sqsBodySlots.ts";
export { type MovingSqsMessage, type NewSqsMoveTask, type SqsMoveTask, SqsMoveTaskStore } from "./sqs/sqsMoveTasks.ts";
export { type DueTimer, type TimerKey, type TimerPlan, type TimerSettlement, TimerStore } from "./timers/timers.ts";
export { type DashboardRecord, DashboardStore } from "./cloudwatch/dashboards.ts";
export { merged, type MetricPoint, pointOf, type MetricSummary } from "./cloudwatch/metricPoint.ts";
export {
  type MetricPeriod,
  type MetricPointsQuery,
  MetricPointStore,
  type MetricWriteOptions,
} from "./cloudwatch/metricPoints.ts";
export { MetricRetention, type MetricRetentionDeps } from "./cloudwatch/metricRetention.ts";
export { METRIC_RESOLUTIONS } from "./cloudwatch/metricResolutions.ts";
export {
  type MetricSeries,
  type MetricSeriesQuery,
  MetricSeriesStore,
  TooManyMetricSeries,
} from "./cloudwatch/metricSeries.ts";
export { type KinesisRecord, type NewKinesisRecord, storedBytes } from "./kinesis/chunkFormat.ts";
export { KinesisChunkStore, type ShardAppend, type KinesisRead } from "./kinesis/kinesisChunks.ts";
export { KinesisConsumerStore } from "./kinesis/kinesisConsumers.ts";
export { KinesisRetention } from "./kinesis/kinesisRetention.ts";
export {
  firstSeqOf,
  type KinesisConsumerRecord,
  type KinesisShard,
  type KinesisStreamKey,
  type KinesisStreamRecord,
  type NewKinesisShard,
  type ShardPlace,
} from "./kinesis/kinesisStream.ts";
export { type KinesisStreamChange, KinesisStreamStore } from "./kinesis/kinesisStreams.ts";
export { WakeChannel } from "./postgres/wakeChannel.ts";
export { DEFAULT_GROUP, type ScheduleGroupRecord, ScheduleGroupStore } from "./scheduler/scheduleGroups.ts";
export {
  type ScheduleKey,
  type ScheduleRecord,
  type ScheduleSettings,
  ScheduleStore,
  type ScheduleTarget,
  type ScheduleValues,
} from "./scheduler/schedules.ts";
export { AlarmHistoryStore, type AlarmHistoryQuery } from "./cloudwatch/alarmHistory.ts";
export type * from "./cloudwatch/alarmRecord.ts";
export { type AlarmChange, type AlarmQuery, AlarmStore, type NewAlarm } from "./cloudwatch/alarms.ts";
export type {
  NewSsmParameterVersion,
  SsmParameterFacts,
  SsmParameterKey,
  SsmParameterType,
  SsmParameterVersion,
} from "./ssm/ssmParameter.ts";
export { SsmParameterStore, type SsmSelector } from "./ssm/ssmParameters.ts";
export { type UsageMinute, UsageMinuteStore, type UsageOfMinute } from "./cloudwatch/usageMinutes.ts";
export { DynamoIndexStore, type StoredDynamoEntry, type StoredDynamoPlace } from "./dynamodb/dynamoIndexItems.ts";
export { DynamoItemReads } from "./dynamodb/itemReads.ts";
export type { DynamoRange } from "./dynamodb/dynamoRange.ts";
export { type ChangeRecord, decodeChange, encodeChange } from "./dynamodb/changeRecord.ts";
export {
  DynamoItemStore,
  type DynamoItemKey,
  type DynamoItemState,
  type StoredDynamoItem,
} from "./dynamodb/dynamoItems.ts";
export type {
  BlindDynamoWrite,
  DynamoIndexEntry,
  DynamoKey,
  DynamoWrite,
  NewDynamoIndexEntry,
  RecordedIn,
} from "./dynamodb/dynamoWrite.ts";
export { dynamoWriter, type QueuedDynamoWrite } from "./dynamodb/dynamoWriter.ts";
export {
  type DynamoTableChange,
  type DynamoTableKey,
  type DynamoTableRecord,
  DynamoTableStore,
} from "./dynamodb/dynamoTables.ts";
export { type PassedTableRecord, PassedTableStore } from "./dynamodb/passedTables.ts";
export { DynamoTokenStore } from "./dynamodb/dynamoTokens.ts";
export { DynamoUsageStore, type IndexUsage, type TableUsage } from "./dynamodb/dynamoUsage.ts";
export type {
  RotatingSecret,
  RotationRules,
  RotationStep,
  SecretKey,
  SecretRecord,
  SecretRotation,
  SecretSettings,
  SecretValue,
  SecretVersion,
  SecretVersionFacts,
} from "./secrets/secret.ts";
export { type SecretChange, type SecretList, type SecretOrder, SecretStore } from "./secrets/secrets.ts";
export { type SecretVersionSelector, SecretVersionStore } from "./secrets/secretVersions.ts";
export { type EventOutcome, eventOutcome } from "./events/eventOutcome.ts";
export {
  type S3BucketList,
  type S3BucketRecord,
  S3BucketStore,
  type S3NameHolder,
  type S3Versioning,
} from "./s3/s3Buckets.ts";
export { type NewS3Intent, type S3IntentRecord, S3IntentStore } from "./s3/s3Intents.ts";
export { type S3NoticeRecord, S3NoticeStore } from "./s3/s3Notices.ts";
export { type S3SeenRecord, S3SeenStore } from "./s3/s3Seen.ts";
export { type S3File, S3FileStore } from "./s3/s3Files.ts";
export { type S3Listed, type S3ListedObject, type S3ListedVersion, S3Listing } from "./s3/s3Listing.ts";
export { type NewS3Version, type S3Facts, S3ObjectStore, type S3VersionRecord } from "./s3/s3Objects.ts";
export { type S3PartRecord, type S3UploadRecord, S3UploadStore } from "./s3/s3Uploads.ts";
export { type IotBrokerMessage, IotBrokerMessageStore } from "./iot/iotBrokerMessages.ts";
export { type IotCertificate, type IotCertificateStatus, IotCertificateStore } from "./iot/iotCertificates.ts";
export { type IotPolicyKey, type IotPolicyRecord, IotPolicyStore, type IotPolicyVersion } from "./iot/iotPolicies.ts";
export { type IotRetainedLimit, type IotRetainedMessage, IotRetainedStore } from "./iot/iotRetained.ts";
export type { IotAction, IotRuleKey, IotRuleRecord, IotRuleSettings } from "./iot/iotRule.ts";
export { IotRuleStore } from "./iot/iotRules.ts";
export {
  type IotSession,
  type IotSessionMessage,
  IotSessionStore,
  type IotSubscription,
  type StoredSessionMessage,
} from "./iot/iotSessions.ts";
export { type ApiDomain, ApiDomainStore, type ApiMapping } from "./apigateway/apiDomains.ts";
export { ApiGatewayAccountStore } from "./apigateway/apiGatewayAccounts.ts";
export { type ApiKeyRecord, ApiKeyStore } from "./apigateway/apiKeys.ts";
export { type ApiPart, type ApiPartKind, ApiPartStore, type ApiSnapshot } from "./apigateway/apiParts.ts";
export { type ApiProtocol, type ApiRecord, ApiStore } from "./apigateway/apis.ts";
export { type KeyUsage, KeyUsageStore } from "./apigateway/keyUsage.ts";
export { WEB_SOCKET_CHANNEL, type WebSocketCommandRow, WebSocketCommandStore } from "./apigateway/webSocketCommands.ts";
export { WebSocketConnectionStore } from "./apigateway/webSocketConnections.ts";
export { type UsagePlanRecord, type UsagePlanStage, UsagePlanStore } from "./apigateway/usagePlans.ts";
