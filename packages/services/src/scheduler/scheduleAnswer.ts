import type { ScheduleGroupRecord, ScheduleRecord } from "@hearth/store";
import { groupArn, scheduleArn } from "./scheduleArn.ts";

export function scheduleAnswer(record: ScheduleRecord) {
  const { GroupName, Name, State, settings, createdMs, modifiedMs } = record;
  const { StartDate, EndDate, ...shown } = settings;
  return {
    Arn: scheduleArn(record),
    GroupName,
    Name,
    State,
    ...shown,
    ...(StartDate !== undefined && { StartDate: new Date(StartDate) }),
    ...(EndDate !== undefined && { EndDate: new Date(EndDate) }),
    CreationDate: new Date(createdMs),
    LastModificationDate: new Date(modifiedMs),
  };
}

export function groupAnswer(record: ScheduleGroupRecord) {
  const { Name, createdMs, modifiedMs } = record;
  return {
    Arn: groupArn(record, Name),
    Name,
    State: "ACTIVE",
    CreationDate: new Date(createdMs),
    LastModificationDate: new Date(modifiedMs),
  };
}
