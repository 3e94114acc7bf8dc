import { structure } from "@hearth/model";
import type { IamPolicyStore } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { IamDeps } from "./iamDeps.ts";
import { NoSuchEntity, roleNotFound, userNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";

/** Rejects with NoSuchEntity unless this policy can be a boundary: one of the account, or any of AWS's. */
export async function checkBoundary(
  policies: Pick<IamPolicyStore, "find">,
  accountId: string,
  PolicyArn: string | undefined,
): Promise<void> {
  if (PolicyArn === undefined || isAwsManaged(PolicyArn)) return;
  try {
    await findOwnPolicy(policies, accountId, PolicyArn);
  } catch (error) {
    if (!(error instanceof NoSuchEntity)) throw error;
    throw new NoSuchEntity(`Scope ARN: ${PolicyArn} does not exist or is not attachable.`);
  }
}

const putUserPermissionsBoundary = operation({
  name: "PutUserPermissionsBoundary",
  input: structure({ UserName: words.UserName, PermissionsBoundary: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle(
    { UserName, PermissionsBoundary },
    { caller: { accountId } },
    { users, policies }: Pick<IamDeps, "users" | "policies">,
  ) {
    await checkBoundary(policies, accountId, PermissionsBoundary);
    if (!(await users.setBoundary({ accountId, UserName }, PermissionsBoundary))) throw userNotFound(UserName);
    return undefined;
  },
});

const deleteUserPermissionsBoundary = operation({
  name: "DeleteUserPermissionsBoundary",
  input: structure({ UserName: words.UserName }),
  errors: [NoSuchEntity],
  async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    if (!(await users.setBoundary({ accountId, UserName }, null))) throw userNotFound(UserName);
    return undefined;
  },
});

const putRolePermissionsBoundary = operation({
  name: "PutRolePermissionsBoundary",
  input: structure({ RoleName: words.RoleName, PermissionsBoundary: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle(
    { RoleName, PermissionsBoundary },
    { caller: { accountId } },
    { roles, policies }: Pick<IamDeps, "roles" | "policies">,
  ) {
    await checkBoundary(policies, accountId, PermissionsBoundary);
    if (!(await roles.setBoundary({ accountId, RoleName }, PermissionsBoundary))) throw roleNotFound(RoleName);
    return undefined;
  },
});

const deleteRolePermissionsBoundary = operation({
  name: "DeleteRolePermissionsBoundary",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.setBoundary({ accountId, RoleName }, null))) throw roleNotFound(RoleName);
    return undefined;
  },
});

export const boundaryOperations = [
  putUserPermissionsBoundary,
  deleteUserPermissionsBoundary,
  putRolePermissionsBoundary,
  deleteRolePermissionsBoundary,
];
