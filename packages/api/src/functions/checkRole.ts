import { AccessDeniedException, InvalidParameterValueException } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";

/**
 * Refuses a role of another account, which cannot be passed: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. Refuses one that
 * Lambda may not assume, when the configuration requires such roles.
 */
export async function checkRole(
  accountId: string,
  Role: string | undefined,
  { mayAssume }: Pick<ApiDeps, "mayAssume">,
): Promise<void> {
  if (Role === undefined) return;
  if (Role.split(":")[4] !== accountId) throw new AccessDeniedException("Cross-account pass role is not allowed.");
  if (!mayAssume || (await mayAssume(accountId, Role))) return;
  throw new InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.");
}
