import type { AnyOperation } from "@hearth/wire";
import type { SchedulerDeps } from "./deps.ts";
import { createSchedule } from "./operations/createSchedule.ts";
import { createScheduleGroup } from "./operations/createScheduleGroup.ts";
import { deleteSchedule } from "./operations/deleteSchedule.ts";
import { deleteScheduleGroup } from "./operations/deleteScheduleGroup.ts";
import { getSchedule } from "./operations/getSchedule.ts";
import { getScheduleGroup } from "./operations/getScheduleGroup.ts";
import { listScheduleGroups } from "./operations/listScheduleGroups.ts";
import { listSchedules } from "./operations/listSchedules.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { tagResource } from "./operations/tagResource.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateSchedule } from "./operations/updateSchedule.ts";

/** The operations of EventBridge Scheduler, all of which Hearth has. */
export const operations: readonly AnyOperation<SchedulerDeps>[] = [
  createSchedule,
  createScheduleGroup,
  deleteSchedule,
  deleteScheduleGroup,
  getSchedule,
  getScheduleGroup,
  listScheduleGroups,
  listSchedules,
  listTagsForResource,
  tagResource,
  untagResource,
  updateSchedule,
];
