/** The section about EventBridge Scheduler in docs/compatibility.md. */
export const SCHEDULER_SECTION = `## Amazon EventBridge Scheduler

Every operation is there, with rate(), cron() and at() in every time zone.

| | State | |
|---|---|---|
| Schedules, groups, tags | works | A group is gone with its schedules when DeleteScheduleGroup is answered; it is never \`DELETING\`. |
| Time | works | An occurrence is acted on within a second of its time, where AWS allows a minute. Skipped local times do not occur, repeated ones occur once, as AWS documents for cron(); a one-time schedule at a skipped local time runs by the clock as it was before. |
| While Hearth is down | | An occurrence that is more than a minute late when Hearth is back fires once, or not at all with \`HEARTH_MISSED_SCHEDULES=skip\`. |
| Templated targets | partly | Functions, SQS queues, SNS topics, event buses and Kinesis streams. ECS, SageMaker, CodeBuild and others: ValidationException, which says so. |
| Universal targets | partly | \`lambda:invoke\`, \`sqs:sendMessage\`, \`sns:publish\` and \`eventbridge:putEvents\` with one entry; others, and members of their input that are not understood: ValidationException, which says so. A function is always invoked asynchronously, so its errors are retried as those of events. |
| Retry policy, dead-letter queue | works | \`<aws.scheduler.attempt-number>\` is the number of the attempt, in the dead letter that of the last one. |

Kept and shown, but not acted on: \`KmsKeyArn\`. The role's trust policy must name \`scheduler.amazonaws.com\`; it and the role's policies are asked when a schedule is stored and at each occurrence.`;
