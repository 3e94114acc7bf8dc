export { ChangeBarrier } from "./changeBarrier.ts";
export * from "./changeLog.ts";
export * from "./database.ts";
export * from "./databaseErrors.ts";
export * from "./embeddedPostgres.ts";
export * from "./fileLock.ts";
export * from "./migrate.ts";
export type * from "./activation.ts";
export type { ListenHandlers } from "./listener.ts";
export * from "./codeBucket.ts";
export { CodeCollector } from "./codeCollector.ts";
export * from "./codeStore.ts";
export * from "./codeSigningConfigs.ts";
export * from "./recursionConfigs.ts";
export * from "./runtimeManagement.ts";
export { InvalidZip } from "./invalidZip.ts";
export { inspectZip, UNPACKED_BYTES_LIMIT, type ZipContents, type ZipMember } from "./zipMembers.ts";
export { removeTree } from "./removeTree.ts";
export { postgresPaths } from "./postgresFiles.ts";
export * from "./usage.ts";
export * from "./aliases.ts";
export { ConcurrencyStore, type ConcurrencyStoreDeps } from "./concurrency.ts";
export * from "./functions.ts";
export * from "./functionUrls.ts";
export * from "./eventInvokeConfigs.ts";
export * from "./eventSourceMappings.ts";
export {
  type AttachedLayer,
  awsTimestamp,
  type CodeArchive,
  configurationOf,
  type FunctionCode,
  type FunctionRecord,
  type FunctionSettings,
  resolvedImageUri,
} from "./functionRecord.ts";
export type { FunctionKey } from "./functionRows.ts";
export type { Page, PageRequest } from "./page.ts";
export * from "./imageRequests.ts";
export * from "./layers.ts";
export * from "./policies.ts";
export {
  type ProvisionedConcurrencyConfig,
  ProvisionedConcurrencyStore,
  type ProvisionedConcurrencyStoreDeps,
  type ProvisionedShare,
  type ProvisionedStatus,
  type ProvisionedWish,
} from "./provisionedConcurrency.ts";
export { TagStore, type Tags, type TagStoreDeps } from "./tags.ts";
export * from "./functionIndex.ts";
export * from "./invokerLease.ts";
export * from "./events.ts";
export * from "./accessKeys.ts";
export * from "./accounts.ts";
export * from "./identities.ts";
export { IamPolicyStore, type PolicyKey, type PolicyRecord, type PolicyVersionRecord } from "./iamPolicies.ts";
export { type AttachedPolicy, type EntityKey, IamEntityPolicyStore, type InlinePolicy } from "./iamEntityPolicies.ts";
export { IamRoleStore, type NamePage, type RoleChanges, type RoleKey, type RoleRecord } from "./iamRoles.ts";
export { IamUserStore, type UserKey, type UserRecord } from "./iamUsers.ts";
export { LogChunkStore } from "./logChunks.ts";
export { type EventPosition, type EventQuery, type EventsRead, readEvents, type StoredLogEvent } from "./logEvents.ts";
export { type LogGroupKey, type LogGroupRecord, LogGroupStore } from "./logGroups.ts";
export { LogRetention, type LogRetentionDeps } from "./logRetention.ts";
export { type LogStreamPosition, type LogStreamRecord, LogStreamStore } from "./logStreams.ts";
export { LogWriter, type LogWriterDeps } from "./logWriter.ts";
