import { type AskedCall, type Lookup, type Questions, textOf } from "@hearth/access";
import { iamArn } from "./iamArn.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
export const questions: Questions = (call) => {
  const { operation, input, accountId, principal } = call;
  const action = `iam:${operation}`;
  // A root may do everything with the resources of its account, so the paths in their ARNs need not be looked up.
  if (principal.kind === "root") return [{ action, resources: ["*"], accountId }];
  const PolicyArn = textOf(input, "PolicyArn");
  const keys: Lookup = (key) => (key === "iam:policyarn" && PolicyArn !== undefined ? [PolicyArn] : undefined);
  return (async () => {
    const resource = textOf(input, "PolicySourceArn") ?? (await entityArn(call)) ?? PolicyArn ?? policyArn(call) ?? "*";
    return [{ action, resources: [resource], accountId, keys }];
  })();
};

/** Without a UserName these are about the caller. */
const OWN = new Set(["GetUser", "ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"]);

/** Paths are part of the ARNs of users and roles, but not of requests. */
async function entityArn(call: AskedCall): Promise<string | undefined> {
  const { operation, input, principal, pathOf } = call;
  const arnOf = async (kind: "user" | "role", name: string): Promise<string> =>
    iamArn(call, `${kind}${(await pathOf(kind, name)) ?? textOf(input, "Path") ?? "/"}${name}`);
  const RoleName = textOf(input, "RoleName");
  if (RoleName !== undefined) return await arnOf("role", RoleName);
  const own = principal.kind === "user" && OWN.has(operation) ? principal.UserName : undefined;
  const UserName = textOf(input, "UserName") ?? own;
  return UserName === undefined ? undefined : await arnOf("user", UserName);
}

function policyArn(call: AskedCall): string | undefined {
  const { input } = call;
  const PolicyName = textOf(input, "PolicyName");
  return PolicyName && iamArn(call, `policy${textOf(input, "Path") ?? "/"}${PolicyName}`);
}
