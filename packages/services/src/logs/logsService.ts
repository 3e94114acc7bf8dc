import { bind, type Service } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { readOperations } from "./events.ts";
import { groupOperations } from "./groups.ts";
import type { LogsDeps } from "./logsDeps.ts";
import { putLogEvents } from "./putLogEvents.ts";
import { streamOperations } from "./streams.ts";
import { tagOperations } from "./tags.ts";

export type { LogsDeps };

/** Every operation of CloudWatch Logs. */
const ALL = `
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

/** Amazon CloudWatch Logs, as far as function logs need it. */
export function logsService(deps: LogsDeps): Service {
  const declared = [...groupOperations, ...tagOperations, ...streamOperations, ...readOperations, putLogEvents];
  return {
    signingName: "logs",
    protocol: "json-1.1",
    namespace: "Logs_20140328",
    errorCodes: { ValidationException: "InvalidParameterException" },
    operations: bind<LogsDeps>(declared, deps),
    notBuilt: notBuilt(ALL, declared),
  };
}
