import type { ScheduleRecord } from "@hearth/store";
import { scheduleArn } from "./scheduleArn.ts";

/** One occurrence of a schedule that is sent. */
export interface Occurrence {
  readonly executionId: string;
  readonly scheduledMs: number;
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/**
 * Puts values for the context attributes into the input of a target. The number of the attempt is put there when it is sent.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function withContext(Input: string, schedule: ScheduleRecord, { executionId, scheduledMs }: Occurrence): string {
  return Input.replaceAll("<aws.scheduler.schedule-arn>", () => scheduleArn(schedule))
    .replaceAll("<aws.scheduler.scheduled-time>", seconds(scheduledMs))
    .replaceAll("<aws.scheduler.execution-id>", executionId);
}

/** What a target without `Input` gets. */
export function defaultInput(schedule: ScheduleRecord, { executionId, scheduledMs }: Occurrence): string {
  const { accountId, region } = schedule;
  return JSON.stringify({
    version: "0",
    id: executionId,
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: accountId,
    time: seconds(scheduledMs),
    region,
    resources: [scheduleArn(schedule)],
    detail: "{}",
  });
}
