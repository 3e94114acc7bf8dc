import { parseRoleArn, type Questions, textOf } from "@hearth/access";

/** Every caller may ask who it is, and every user may ask for a session of its own. */
const FREE = new Set(["GetCallerIdentity", "GetSessionToken"]);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html */
export const questions: Questions = ({ operation, input, accountId }) => {
  if (FREE.has(operation)) return [];
  const action = `sts:${operation}`;
  const RoleArn = textOf(input, "RoleArn");
  const role = RoleArn === undefined ? undefined : parseRoleArn(RoleArn);
  // The operation refuses what is not the ARN of a role.
  if (operation === "AssumeRole" && !role) return [];
  if (RoleArn === undefined || !role) return [{ action, resources: ["*"], accountId }];
  const keys = (key: string): readonly string[] | undefined => {
    const member = { "sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName" }[key];
    const value = member && textOf(input, member);
    return value === undefined ? undefined : [value];
  };
  return [{ action, resources: [RoleArn], accountId: role.accountId, RoleName: role.RoleName, keys }];
};
