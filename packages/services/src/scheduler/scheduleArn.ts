import { type AccountRegion, arn } from "@hearth/model";
import type { ScheduleKey } from "@hearth/store";

export function scheduleArn({ accountId, region, GroupName, Name }: ScheduleKey): string {
  return arn({ service: "scheduler", region, accountId, resource: `schedule/${GroupName}/${Name}` });
}

export function groupArn({ accountId, region }: AccountRegion, Name: string): string {
  return arn({ service: "scheduler", region, accountId, resource: `schedule-group/${Name}` });
}

/** The name in the ARN of a group. Its schema has checked the rest. */
export function groupInArn(ResourceArn: string): string {
  return ResourceArn.slice(ResourceArn.indexOf("/") + 1);
}
