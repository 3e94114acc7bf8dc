import type { AnyOperation } from "@hearth/wire";
import type { CloudWatchDeps } from "./deps.ts";
import { deleteDashboards } from "./operations/deleteDashboards.ts";
import { getDashboard } from "./operations/getDashboard.ts";
import { getMetricData } from "./operations/getMetricData.ts";
import { getMetricStatistics } from "./operations/getMetricStatistics.ts";
import { listDashboards } from "./operations/listDashboards.ts";
import { listMetrics } from "./operations/listMetrics.ts";
import { putDashboard } from "./operations/putDashboard.ts";
import { putMetricData } from "./operations/putMetricData.ts";

/** The operations of CloudWatch that Hearth has. */
export const operations: readonly AnyOperation<CloudWatchDeps>[] = [
  deleteDashboards,
  getDashboard,
  getMetricData,
  getMetricStatistics,
  listDashboards,
  listMetrics,
  putDashboard,
  putMetricData,
];

/** Every operation of CloudWatch. */
export const ALL_OPERATIONS = `
  AssociateDatasetKmsKey CreateResourceMetricsConfiguration DeleteAlarmMuteRule DeleteAlarms DeleteAnomalyDetector DeleteDashboards DeleteInsightRules
  DeleteMetricStream DeleteResourceMetricsConfiguration DescribeAlarmContributors DescribeAlarmHistory DescribeAlarms DescribeAlarmsForMetric
  DescribeAnomalyDetectors DescribeInsightRules DisableAlarmActions DisableInsightRules DisassociateDatasetKmsKey EnableAlarmActions
  EnableInsightRules GetAlarmMuteRule GetDashboard GetDataset GetInsightRuleReport GetMetricData GetMetricStatistics GetMetricStream
  GetMetricWidgetImage GetOTelEnrichment GetResourceMetricsConfiguration ListAlarmMuteRules ListDashboards ListManagedInsightRules ListMetricStreams
  ListMetrics ListTagsForResource PutAlarmMuteRule PutAnomalyDetector PutCompositeAlarm PutDashboard PutInsightRule PutLogAlarm PutManagedInsightRules
  PutMetricAlarm PutMetricData PutMetricStream SetAlarmState StartMetricStreams StartOTelEnrichment StopMetricStreams StopOTelEnrichment TagResource
  UntagResource UpdateOTelEnrichment UpdateResourceMetricsConfiguration`;
