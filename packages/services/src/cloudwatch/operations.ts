import type { AnyOperation } from "@hearth/wire";
import type { CloudWatchDeps } from "./deps.ts";
import { deleteAlarms } from "./operations/deleteAlarms.ts";
import { deleteDashboards } from "./operations/deleteDashboards.ts";
import { describeAlarmHistory } from "./operations/describeAlarmHistory.ts";
import { describeAlarms } from "./operations/describeAlarms.ts";
import { describeAlarmsForMetric } from "./operations/describeAlarmsForMetric.ts";
import { disableAlarmActions } from "./operations/disableAlarmActions.ts";
import { enableAlarmActions } from "./operations/enableAlarmActions.ts";
import { getDashboard } from "./operations/getDashboard.ts";
import { getMetricData } from "./operations/getMetricData.ts";
import { getMetricStatistics } from "./operations/getMetricStatistics.ts";
import { listDashboards } from "./operations/listDashboards.ts";
import { listMetrics } from "./operations/listMetrics.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { putCompositeAlarm } from "./operations/putCompositeAlarm.ts";
import { putDashboard } from "./operations/putDashboard.ts";
import { putMetricAlarm } from "./operations/putMetricAlarm.ts";
import { putMetricData } from "./operations/putMetricData.ts";
import { setAlarmState } from "./operations/setAlarmState.ts";
import { tagResource } from "./operations/tagResource.ts";
import { untagResource } from "./operations/untagResource.ts";

/** The operations of CloudWatch that Hearth has. */
export const operations: readonly AnyOperation<CloudWatchDeps>[] = [
  deleteAlarms,
  deleteDashboards,
  describeAlarmHistory,
  describeAlarms,
  describeAlarmsForMetric,
  disableAlarmActions,
  enableAlarmActions,
  getDashboard,
  getMetricData,
  getMetricStatistics,
  listDashboards,
  listMetrics,
  listTagsForResource,
  putCompositeAlarm,
  putDashboard,
  putMetricAlarm,
  putMetricData,
  setAlarmState,
  tagResource,
  untagResource,
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
