import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { checkBoundary } from "../checkBoundary.ts";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const putUserPermissionsBoundary = operation({
  name: "PutUserPermissionsBoundary",
  input: structure({ UserName: words.UserName, PermissionsBoundary: words.PolicyArn }),
  errors: [NoSuchEntity, InvalidInput],
  async handle({ UserName, PermissionsBoundary }, context, { users, policies }: Pick<IamDeps, "users" | "policies">) {
    const { accountId } = context.caller;
    await checkBoundary(policies, context, PermissionsBoundary);
    if (!(await users.setBoundary({ accountId, UserName }, PermissionsBoundary))) throw userNotFound(UserName);
    return undefined;
  },
});
