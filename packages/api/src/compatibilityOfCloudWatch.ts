/** The section about CloudWatch in docs/compatibility.md. */
export const CLOUDWATCH_SECTION = `## Amazon CloudWatch

Metrics, alarms and dashboards, in all three protocols (AWS JSON 1.0, Smithy RPC v2 CBOR, and query with XML). What is not in the table answers NotImplementedException.

| Operation | State | |
|---|---|---|
| DeleteAlarms, DescribeAlarmHistory, DescribeAlarms, DescribeAlarmsForMetric, DisableAlarmActions, EnableAlarmActions, SetAlarmState | works | A state that was set stays for ten seconds at least. |
| DeleteDashboards, GetDashboard, ListDashboards, PutDashboard | works | Bodies have to be JSON objects; their widgets are not checked, and nothing draws them. |
| GetMetricData | partly | Metric math: \`+ - * / ^\`, comparisons, \`AND\`, \`OR\`, and the functions ABS, AVG, CEIL, DATAPOINT_COUNT, DIFF, DIFF_TIME, FILL, FLOOR, IF, LOG, LOG10, MAX, METRICS, METRIC_COUNT, MIN, PERIOD, RATE, RUNNING_SUM, STDDEV, SUM, TIME_SERIES. Any other function is a ValidationError. Labels are shown as given: \`\${…}\` in them is not filled in. |
| GetMetricStatistics | partly | The simple statistics and percentiles (\`p99.9\`); trimmed means and the like are refused. |
| ListMetrics | works | Metrics appear at once. \`RecentlyActive\` is exact to ten minutes. |
| ListTagsForResource, TagResource, UntagResource | works | Of alarms and dashboards. |
| PutCompositeAlarm | partly | Rules of ALARM, OK, INSUFFICIENT_DATA, AND, OR, NOT, TRUE and FALSE; AT_LEAST and ActionsSuppressor are refused. |
| PutMetricAlarm | partly | Of a metric or an expression, M out of N, all four treatments of missing data, percentiles with few samples. Actions are SNS topics and Lambda functions; others are refused, and so are anomaly detection, PromQL and evaluation windows. Two periods more than EvaluationPeriods are looked at for datapoints that are late or missing. |
| PutMetricData | partly | Values count at once. Entities of EntityMetricData are checked as on AWS, and neither kept nor acted on. |

Hearth's own metrics. AWS/Lambda, without dimensions, by FunctionName, by Resource (the function, or its alias or version that the caller named) and by ExecutedVersion of an alias:
Invocations, Errors and Duration, which appear about ten seconds after their minute; Throttles (without zeroes), AsyncEventsReceived, AsyncEventAge, AsyncEventsDropped, PostRuntimeExtensionsDuration and ConcurrentExecutions
(each process's own, looked at every ten seconds) without versions. AWS/SQS by QueueName: NumberOfMessagesSent, NumberOfMessagesReceived, NumberOfMessagesDeleted, NumberOfEmptyReceives, SentMessageSize,
and once a minute the approximate numbers and ApproximateAgeOfOldestMessage. AWS/SNS by TopicName: NumberOfMessagesPublished, PublishSize, NumberOfNotificationsDelivered, NumberOfNotificationsFailed,
NumberOfNotificationsFilteredOut (of topics with up to ten subscriptions), NumberOfNotificationsRedrivenToDlq, NumberOfNotificationsFailedToRedriveToDlq. AWS/Events by RuleName, and EventBusName for other buses than the default one:
MatchedEvents, TriggeredRules, Invocations, SuccessfulInvocationAttempts, FailedInvocations, InvocationsSentToDlq, InvocationsFailedToBeSentToDlq. AWS/Scheduler by ScheduleGroup: InvocationAttemptCount (of those that succeed),
InvocationDroppedCount, InvocationsSentToDeadLetterCount, InvocationsFailedToBeSentToDeadLetterCount. AWS/Lambda too: DestinationDeliveryFailures and DeadLetterErrors of a message that is given up. AWS/ApiGateway: Count, 4XXError, 5XXError, Latency and IntegrationLatency of REST APIs by ApiName, and Stage; Count, 4xx, 5xx, Latency and IntegrationLatency of HTTP APIs by ApiId, and Stage; by Method and Resource too where the stage's settings ask for it (\`metricsEnabled\`, \`DetailedMetricsEnabled\`). AWS/Lambda by FunctionName, and Resource (\`<function>:<alias or $LATEST>\`): UrlRequestCount, Url4xxCount, Url5xxCount, UrlRequestLatency. Lines in embedded metric format in the logs of functions become metrics within a few seconds.

Percentiles are at most 0.5 % off: values are kept in buckets that grow by 1 %. Values are kept as on AWS: by second for 3 hours, by minute for 15 days, by 5 minutes for 63 days, by hour for 455 days.`;
