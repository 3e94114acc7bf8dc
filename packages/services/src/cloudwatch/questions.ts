import { type Questions, textOf } from "@hearth/access";
import { alarmArn } from "@hearth/monitoring";
import { dashboardArn } from "./resourceArn.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const where = { accountId, region };
  const action = `cloudwatch:${operation}`;
  const about = (arns: readonly string[]) => arns.map((arn) => ({ action, resources: [arn] as const, accountId }));
  const resourceArn = textOf(input, "ResourceARN");
  if (resourceArn !== undefined) return about([resourceArn]);
  const alarms = [textOf(input, "AlarmName") ?? input["AlarmNames"] ?? []].flat().filter(isText);
  if (alarms.length > 0 && ALARM_OPERATIONS.has(operation))
    return about(alarms.map((AlarmName) => alarmArn({ ...where, AlarmName })));
  const dashboards = [textOf(input, "DashboardName") ?? input["DashboardNames"] ?? []].flat().filter(isText);
  if (dashboards.length > 0) return about(dashboards.map((name) => dashboardArn(where, name)));
  const namespace = textOf(input, "Namespace");
  const keys = operation === "PutMetricData" && namespace !== undefined ? namespaceKey(namespace) : undefined;
  return [{ action, resources: ["*"], accountId, ...(keys && { keys }) }];
};

const ALARM_OPERATIONS: ReadonlySet<string> = new Set([
  "DeleteAlarms",
  "DescribeAlarmHistory",
  "DescribeAlarms",
  "DisableAlarmActions",
  "EnableAlarmActions",
  "PutCompositeAlarm",
  "PutMetricAlarm",
  "SetAlarmState",
]);

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function namespaceKey(namespace: string): (key: string) => readonly string[] | undefined {
  return (key) => (key === "cloudwatch:namespace" ? [namespace] : undefined);
}
