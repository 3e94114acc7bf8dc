import type { Identities } from "./identities.ts";
import { evaluateResource } from "./policy/evaluate.ts";
import { parseRoleArn } from "./roleArn.ts";

/** Whether Lambda may assume a role: it exists in this account, and its trust policy allows it. */
export async function lambdaMayAssume(
  identities: Pick<Identities, "find">,
  accountId: string,
  RoleArn: string,
): Promise<boolean> {
  const parts = parseRoleArn(RoleArn);
  if (parts?.accountId !== accountId) return false;
  const role = await identities.find("role", accountId, parts.RoleName);
  if (!role?.trust || role.Path !== parts.Path) return false;
  const request = { action: "sts:AssumeRole", resources: [RoleArn], lookup: () => undefined };
  return evaluateResource([role.trust], { arns: [], service: "lambda.amazonaws.com" }, request).effect === "allow";
}
