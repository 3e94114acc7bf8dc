import { partitionOf } from "@hearth/model";
import { type Input, type Question, textOf } from "./question.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
export function logsQuestions(operation: string, input: Input, accountId: string, region: string): Question[] {
  const action = `logs:${ACTIONS[operation] ?? operation}`;
  const own = (resource: string): string => `arn:${partitionOf(region)}:logs:${region}:${accountId}:${resource}`;
  const arn = textOf(input, "resourceArn") ?? textOf(input, "logGroupIdentifier");
  const group = textOf(input, "logGroupName") ?? (arn === undefined ? undefined : groupIn(arn));
  if (group === undefined) return [{ action, resources: [own("log-group::log-stream:"), "*"], accountId }];
  const stream = textOf(input, "logStreamName");
  if (stream !== undefined) return [{ action, resources: [own(`log-group:${group}:log-stream:${stream}`)], accountId }];
  // A group is written in three ways, and policies are found with each.
  const name = own(`log-group:${group}`);
  return [{ action, resources: [`${name}:log-stream:`, `${name}:*`, name], accountId }];
}

const ACTIONS: Readonly<Record<string, string>> = { TagLogGroup: "TagResource", UntagLogGroup: "UntagResource" };

function groupIn(identifier: string): string {
  if (!identifier.startsWith("arn:")) return identifier;
  return identifier.split(":").slice(6).join(":").replace(/:\*$/, "");
}
