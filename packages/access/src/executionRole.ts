import { type Caller, type FunctionSender, globalArn } from "@hearth/model";
import { parseRoleArn } from "./roleArn.ts";

/** The session of a function's execution role, without the key that signs its requests. */
export type ExecutionRole = Pick<Caller, "accountId" | "arn" | "userId" | "principal">;

/**
 * The session that Lambda has of a function's execution role. It belongs to the function's account, whatever account the role's ARN names. `idOf` gives the
 * id of a role of that account.
 */
export async function executionRole(
  { accountId, region, FunctionName, Role, LogGroup }: FunctionSender,
  idOf: (RoleName: string) => Promise<string | undefined>,
): Promise<ExecutionRole> {
  const role = parseRoleArn(Role);
  const own = role?.accountId === accountId ? role : undefined;
  const RoleId = (own && (await idOf(own.RoleName))) ?? "AROAUNKNOWNTOHEARTH00";
  // No role's name has a colon: policies that name sessions of this account's roles mean no session of another account's role.
  const name = own?.RoleName ?? (role ? `${role.accountId}:${role.RoleName}` : Role);
  return {
    accountId,
    arn: globalArn({ service: "sts", region, accountId, resource: `assumed-role/${name}/${FunctionName}` }),
    userId: `${RoleId}:${FunctionName}`,
    principal: {
      kind: "role",
      // No role has a whole ARN as its name, so a role of another account is never mistaken for one of this account.
      RoleName: own?.RoleName ?? Role,
      RoleId,
      sessionName: FunctionName,
      environment: { region, logGroupName: LogGroup, Path: own?.Path ?? "/" },
    },
  };
}
