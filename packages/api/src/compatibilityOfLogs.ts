/** The section about CloudWatch Logs in docs/compatibility.md. */
export const LOGS_SECTION = `## Amazon CloudWatch Logs

| Operation | State | |
|---|---|---|
| CreateLogGroup, DeleteLogGroup, DescribeLogGroups | partly | \`kmsKeyId\` is kept and shown, and not acted on. Deletion protection is refused. |
| CreateLogStream, DeleteLogStream, DescribeLogStreams | works | |
| DeleteQueryDefinition, DescribeQueryDefinitions, PutQueryDefinition | partly | In CWLI, without parameters. |
| DeleteResourcePolicy, DescribeResourcePolicies, PutResourcePolicy | partly | Policies of accounts; they decide within two seconds. Policies of single groups are refused. |
| DeleteRetentionPolicy, PutRetentionPolicy | works | |
| DeleteSubscriptionFilter, DescribeSubscriptionFilters, PutSubscriptionFilter | partly | The destination is a function or a Kinesis stream. Filters see what is written after they are made; each chunk of lines reaches the function once its transaction has committed, at least once. |
| DeleteMetricFilter, DescribeMetricFilters, PutMetricFilter, TestMetricFilter | works | Values are in CloudWatch metrics a second or two after the lines. |
| DescribeQueries, GetQueryResults, StartQuery, StopQuery | partly | The commands fields, display, filter, parse, stats, sort, limit and dedup, in CWLI. Rows are shown when the query is complete, and are kept for a day. |
| FilterLogEvents, GetLogEvents | works | The whole pattern language. |
| GetLogRecord | works | |
| ListTagsForResource, ListTagsLogGroup, TagLogGroup, TagResource, UntagLogGroup, UntagResource | works | |
| PutLogEvents | works | |
| StartLiveTail | works | SDKs put \`streaming-\` or \`stream-\` before the host: switch that off (\`disableHostPrefix\`, \`inject_host_prefix=False\`), or let such a name lead to Hearth, as for the \`aws\` command: an entry \`127.0.0.1 streaming-localhost\` in /etc/hosts, and with the default key \`HEARTH_HOSTS=streaming-localhost\`. |

Transformed logs, field selection and system fields of filters are refused. Every other operation answers NotImplementedException.`;
