import { type Input, passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { arn } from "@hearth/model";
import { DEFAULT_GROUP } from "@hearth/store";
import { groupArn, scheduleArn } from "./scheduleArn.ts";

export const PRINCIPAL = "scheduler.amazonaws.com";

const ABOUT_GROUPS: ReadonlySet<string> = new Set(["CreateScheduleGroup", "DeleteScheduleGroup", "GetScheduleGroup"]);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const question = (resource: string): Question => ({
    action: `scheduler:${operation}`,
    resources: [resource],
    accountId,
  });
  const all = (type: string): string => arn({ service: "scheduler", region, accountId, resource: `${type}/*` });
  const ResourceArn = textOf(input, "ResourceArn");
  if (ResourceArn !== undefined) return [question(ResourceArn)];
  const Name = textOf(input, "Name");
  if (Name === undefined) return [question(operation === "ListSchedules" ? all("schedule") : all("schedule-group"))];
  if (ABOUT_GROUPS.has(operation)) return [question(groupArn({ accountId, region }, Name))];
  const GroupName = textOf(input, "GroupName") ?? DEFAULT_GROUP;
  const RoleArn = textOf((input["Target"] ?? {}) as Input, "RoleArn");
  return [
    question(scheduleArn({ accountId, region, GroupName, Name })),
    ...(RoleArn === undefined ? [] : [passRoleQuestion(accountId, RoleArn, PRINCIPAL)]),
  ];
};
