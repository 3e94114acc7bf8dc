import type { Identities } from "./identities.ts";
import { evaluateResource } from "./policy/evaluate.ts";
import type { Lookup } from "./policy/pattern.ts";
import { parseRoleArn } from "./roleArn.ts";
import { sourceKeys } from "./sourceKeys.ts";

/** A service that wants to assume a role of an account. */
export interface AssumingService {
  /** Such as `events.amazonaws.com`. */
  readonly principal: string;
  readonly accountId: string;
  readonly RoleArn: string;
  /** ARN of the resource for which it does so: trust policies may name it as `aws:SourceArn`. */
  readonly sourceArn?: string;
}

/** Whether a service may assume a role: the role exists in this account, and its trust policy allows it. */
export async function serviceMayAssume(
  identities: Pick<Identities, "find">,
  { principal, accountId, RoleArn, sourceArn }: AssumingService,
): Promise<boolean> {
  const parts = parseRoleArn(RoleArn);
  if (parts?.accountId !== accountId) return false;
  const role = await identities.find("role", accountId, parts.RoleName);
  if (!role?.trust || role.Path !== parts.Path) return false;
  const lookup: Lookup = sourceArn === undefined ? () => undefined : sourceKeys({ principal, accountId, sourceArn });
  const request = { action: "sts:AssumeRole", resources: [RoleArn], lookup };
  return evaluateResource([role.trust], { arns: [], service: principal }, request).effect === "allow";
}

/** Whether Lambda may assume a role. */
export async function lambdaMayAssume(
  identities: Pick<Identities, "find">,
  accountId: string,
  RoleArn: string,
): Promise<boolean> {
  return await serviceMayAssume(identities, { principal: "lambda.amazonaws.com", accountId, RoleArn });
}
