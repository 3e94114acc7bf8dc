import type { AnyOperation } from "@hearth/wire";
import type { LogsDeps } from "./deps.ts";
import { createLogGroup } from "./operations/createLogGroup.ts";
import { createLogStream } from "./operations/createLogStream.ts";
import { deleteLogGroup } from "./operations/deleteLogGroup.ts";
import { deleteLogStream } from "./operations/deleteLogStream.ts";
import { deleteMetricFilter } from "./operations/deleteMetricFilter.ts";
import { deleteQueryDefinition } from "./operations/deleteQueryDefinition.ts";
import { deleteResourcePolicy } from "./operations/deleteResourcePolicy.ts";
import { deleteRetentionPolicy } from "./operations/deleteRetentionPolicy.ts";
import { deleteSubscriptionFilter } from "./operations/deleteSubscriptionFilter.ts";
import { describeLogGroups } from "./operations/describeLogGroups.ts";
import { describeLogStreams } from "./operations/describeLogStreams.ts";
import { describeMetricFilters } from "./operations/describeMetricFilters.ts";
import { describeQueries } from "./operations/describeQueries.ts";
import { describeQueryDefinitions } from "./operations/describeQueryDefinitions.ts";
import { describeResourcePolicies } from "./operations/describeResourcePolicies.ts";
import { describeSubscriptionFilters } from "./operations/describeSubscriptionFilters.ts";
import { filterLogEvents } from "./operations/filterLogEvents.ts";
import { getLogEvents } from "./operations/getLogEvents.ts";
import { getLogRecord } from "./operations/getLogRecord.ts";
import { getQueryResults } from "./operations/getQueryResults.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { listTagsLogGroup } from "./operations/listTagsLogGroup.ts";
import { putLogEvents } from "./operations/putLogEvents.ts";
import { putMetricFilter } from "./operations/putMetricFilter.ts";
import { putQueryDefinition } from "./operations/putQueryDefinition.ts";
import { putResourcePolicy } from "./operations/putResourcePolicy.ts";
import { putRetentionPolicy } from "./operations/putRetentionPolicy.ts";
import { putSubscriptionFilter } from "./operations/putSubscriptionFilter.ts";
import { startLiveTail } from "./operations/startLiveTail.ts";
import { startQuery } from "./operations/startQuery.ts";
import { stopQuery } from "./operations/stopQuery.ts";
import { tagLogGroup } from "./operations/tagLogGroup.ts";
import { tagResource } from "./operations/tagResource.ts";
import { testMetricFilter } from "./operations/testMetricFilter.ts";
import { untagLogGroup } from "./operations/untagLogGroup.ts";
import { untagResource } from "./operations/untagResource.ts";

/** The operations of CloudWatch Logs that Hearth has. */
export const operations: readonly AnyOperation<LogsDeps>[] = [
  createLogGroup,
  createLogStream,
  deleteLogGroup,
  deleteLogStream,
  deleteMetricFilter,
  deleteQueryDefinition,
  deleteResourcePolicy,
  deleteRetentionPolicy,
  deleteSubscriptionFilter,
  describeLogGroups,
  describeLogStreams,
  describeMetricFilters,
  describeQueries,
  describeQueryDefinitions,
  describeResourcePolicies,
  describeSubscriptionFilters,
  filterLogEvents,
  getLogEvents,
  getLogRecord,
  getQueryResults,
  listTagsForResource,
  listTagsLogGroup,
  putLogEvents,
  putMetricFilter,
  putQueryDefinition,
  putResourcePolicy,
  putRetentionPolicy,
  putSubscriptionFilter,
  startLiveTail,
  startQuery,
  stopQuery,
  tagLogGroup,
  tagResource,
  testMetricFilter,
  untagLogGroup,
  untagResource,
];

/** Every operation of CloudWatch Logs. */
export const ALL_OPERATIONS = `
  AssociateKmsKey AssociateSourceToS3TableIntegration CancelExportTask CancelImportTask CreateDelivery
  CreateExportTask CreateImportTask CreateLogAnomalyDetector CreateLogGroup CreateLogStream CreateLookupTable
  CreateScheduledQuery DeleteAccountPolicy DeleteDataProtectionPolicy DeleteDelivery DeleteDeliveryDestination
  DeleteDeliveryDestinationPolicy DeleteDeliverySource DeleteDestination DeleteIndexPolicy DeleteIntegration
  DeleteLogAnomalyDetector DeleteLogGroup DeleteLogStream DeleteLookupTable DeleteMetricFilter DeleteQueryDefinition
  DeleteResourcePolicy DeleteRetentionPolicy DeleteScheduledQuery DeleteSubscriptionFilter DeleteSyslogConfiguration
  DeleteTransformer DescribeAccountPolicies DescribeConfigurationTemplates DescribeDeliveries
  DescribeDeliveryDestinations DescribeDeliverySources DescribeDestinations DescribeExportTasks DescribeFieldIndexes
  DescribeImportTaskBatches DescribeImportTasks DescribeIndexPolicies DescribeLogGroups DescribeLogStreams
  DescribeLookupTables DescribeMetricFilters DescribeQueries DescribeQueryDefinitions DescribeResourcePolicies
  DescribeSubscriptionFilters DisassociateKmsKey DisassociateSourceFromS3TableIntegration FilterLogEvents
  GetDataProtectionPolicy GetDelivery GetDeliveryDestination GetDeliveryDestinationPolicy GetDeliverySource
  GetIntegration GetLogAnomalyDetector GetLogEvents GetLogFields GetLogGroupFields GetLogObject GetLogRecord
  GetLookupTable GetQueryResults GetScheduledQuery GetScheduledQueryHistory GetStorageTierPolicy GetTransformer
  ListAggregateLogGroupSummaries ListAnomalies ListIntegrations ListLogAnomalyDetectors ListLogGroups
  ListLogGroupsForQuery ListScheduledQueries ListSourcesForS3TableIntegration ListSyslogConfigurations
  ListTagsForResource ListTagsLogGroup PutAccountPolicy PutBearerTokenAuthentication PutDataProtectionPolicy
  PutDeliveryDestination PutDeliveryDestinationPolicy PutDeliverySource PutDestination PutDestinationPolicy
  PutIndexPolicy PutIntegration PutLogEvents PutLogGroupDeletionProtection PutMetricFilter PutQueryDefinition
  PutResourcePolicy PutRetentionPolicy PutStorageTierPolicy PutSubscriptionFilter PutSyslogConfiguration
  PutTransformer StartLiveTail StartQuery StopQuery TagLogGroup TagResource TestMetricFilter TestTransformer
  UntagLogGroup UntagResource UpdateAnomaly UpdateDeliveryConfiguration UpdateLogAnomalyDetector UpdateLookupTable
  UpdateScheduledQuery`;
