import { type AccountRegion, arn } from "@hearth/model";
import type { ScheduleKey } from "@hearth/store";
import { noGroup } from "./errors.ts";

export function scheduleArn({ accountId, region, GroupName, Name }: ScheduleKey): string {
  return arn({ service: "scheduler", region, accountId, resource: `schedule/${GroupName}/${Name}` });
}

export function groupArn({ accountId, region }: AccountRegion, Name: string): string {
  return arn({ service: "scheduler", region, accountId, resource: `schedule-group/${Name}` });
}

/** The name in the ARN of a group, whose schema has checked its form. Throws ResourceNotFoundException for a group of another account or region. */
export function groupInArn({ accountId, region }: AccountRegion, ResourceArn: string): string {
  const Name = ResourceArn.slice(ResourceArn.indexOf("/") + 1);
  const [, , , itsRegion, itsAccount] = ResourceArn.split(":");
  if (itsRegion !== region || itsAccount !== accountId) throw noGroup(Name);
  return Name;
}
