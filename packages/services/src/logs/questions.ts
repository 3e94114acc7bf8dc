import { type Input, passRoleQuestion, type Questions, textOf } from "@hearth/access";
import { arn as arnOf } from "@hearth/model";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `logs:${ACTIONS[operation] ?? operation}`;
  const own = (resource: string): string => arnOf({ service: "logs", region, accountId, resource });
  const several = [...textsOf(input, "logGroupNames"), ...textsOf(input, "logGroupIdentifiers")];
  if (several.length > 0) {
    return several.map((each) => {
      const name = own(`log-group:${groupIn(each)}`);
      return { action, resources: [`${name}:log-stream:`, `${name}:*`, name] as const, accountId };
    });
  }
  const arn = textOf(input, "resourceArn") ?? textOf(input, "logGroupIdentifier");
  const group = textOf(input, "logGroupName") ?? (arn === undefined ? undefined : groupIn(arn));
  if (group === undefined) return [{ action, resources: [own("log-group::log-stream:"), "*"], accountId }];
  const stream = textOf(input, "logStreamName");
  if (stream !== undefined) return [{ action, resources: [own(`log-group:${group}:log-stream:${stream}`)], accountId }];
  // AWS writes a group's ARN in three ways; policies may use each of them.
  const name = own(`log-group:${group}`);
  const about = { action, resources: [`${name}:log-stream:`, `${name}:*`, name] as const, accountId };
  const roleArn = textOf(input, "roleArn");
  return roleArn === undefined ? [about] : [about, passRoleQuestion(accountId, roleArn, "logs.amazonaws.com")];
};

/** A list of texts among the input. */
function textsOf(input: Input, member: string): readonly string[] {
  const value = input[member];
  return Array.isArray(value) ? value.slice(0, 100).filter((each): each is string => typeof each === "string") : [];
}

const ACTIONS: Readonly<Record<string, string>> = { TagLogGroup: "TagResource", UntagLogGroup: "UntagResource" };

function groupIn(identifier: string): string {
  if (!identifier.startsWith("arn:")) return identifier;
  return identifier.split(":").slice(6).join(":").replace(/:\*$/, "");
}
