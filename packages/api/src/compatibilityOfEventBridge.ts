/** The section about EventBridge in docs/compatibility.md. */
export const EVENTBRIDGE_SECTION = `## Amazon EventBridge

Buses, rules with event patterns and schedules, and their targets, in JSON 1.1.

| Operation | State | |
|---|---|---|
| CreateEventBus, DeleteEventBus, DescribeEventBus, ListEventBuses, UpdateEventBus | partly | No buses of partners. The default bus is there from the start. |
| PutPermission, RemovePermission | works | |
| PutRule, DeleteRule, DescribeRule, EnableRule, DisableRule, ListRules | works | Up to \`HEARTH_EVENT_RULES\` rules per bus. |
| PutTargets, RemoveTargets, ListTargetsByRule, ListRuleNamesByTarget | partly | Functions, queues, topics, streams, event buses, log groups and API destinations. A target of another service is refused. |
| CreateArchive, UpdateArchive, DeleteArchive, DescribeArchive, ListArchives | works | An account keeps up to \`HEARTH_EVENT_ARCHIVE_MB\`; beyond it the oldest events are deleted. |
| StartReplay, CancelReplay, DescribeReplay, ListReplays | works | At most 500 events a second. |
| CreateConnection, UpdateConnection, DeauthorizeConnection, DeleteConnection, DescribeConnection, ListConnections | partly | No private endpoints. The secrets are encrypted in the table of connections, not in Secrets Manager: there is no \`SecretArn\`. |
| CreateApiDestination, UpdateApiDestination, DeleteApiDestination, DescribeApiDestination, ListApiDestinations | works | |
| PutEvents | partly | No endpoints (\`EndpointId\`). Up to 10 entries and 1 MB. |
| TestEventPattern | works | |
| TagResource, UntagResource, ListTagsForResource | works | Of buses and rules. |

Not built: endpoints, partner event sources.

Event patterns are those of EventBridge: exact values, \`prefix\`, \`suffix\`, \`equals-ignore-case\`, \`wildcard\`, \`anything-but\` in all its forms, \`numeric\`, \`cidr\`, \`exists\` and \`$or\`.
Conditions about members of one array hold for one element. A pattern with more than 1,000 combinations of \`$or\`, or with wildcards that would cost too much, is refused.

An event and what up to 10 targets get of it are committed before PutEvents answers; for more targets the event is stored and sent on in parts. A rule sends to a function, queue or
topic only if the resource policy of that lets \`events.amazonaws.com\`, with the rule as \`aws:SourceArn\`; to a stream or another bus with the role of the target. Rules with a schedule
fire once each, by one process; what was due while Hearth was down fires once on return (\`HEARTH_MISSED_SCHEDULES\`).

Kept and shown, but not acted on: \`KmsKeyIdentifier\`, \`LogConfig\` and \`DeadLetterConfig\` of buses.`;
