import { InvalidParameterValueException } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";

/** Refuses a role that Lambda may not assume, when the configuration requires such roles. */
export async function checkRole(
  accountId: string,
  Role: string | undefined,
  { mayAssume }: Pick<ApiDeps, "mayAssume">,
): Promise<void> {
  if (Role === undefined || !mayAssume || (await mayAssume(accountId, Role))) return;
  throw new InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.");
}
