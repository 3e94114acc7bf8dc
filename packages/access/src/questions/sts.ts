import { parseRoleArn } from "../roleArn.ts";
import { type Input, type Question, textOf } from "./question.ts";

/** Every caller may ask who it is, and a user for a session of its own. */
const FREE = new Set(["GetCallerIdentity", "GetSessionToken"]);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html */
export function stsQuestions(operation: string, input: Input, accountId: string): Question[] {
  if (FREE.has(operation)) return [];
  const action = `sts:${operation}`;
  const RoleArn = textOf(input, "RoleArn");
  const role = RoleArn === undefined ? undefined : parseRoleArn(RoleArn);
  // What is not the ARN of a role is the operation's to refuse.
  if (operation === "AssumeRole" && !role) return [];
  if (RoleArn === undefined || !role) return [{ action, resources: ["*"], accountId }];
  const keys = (key: string): readonly string[] | undefined => {
    const member = { "sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName" }[key];
    const value = member && textOf(input, member);
    return value === undefined ? undefined : [value];
  };
  return [{ action, resources: [RoleArn], accountId: role.accountId, RoleName: role.RoleName, keys }];
}
