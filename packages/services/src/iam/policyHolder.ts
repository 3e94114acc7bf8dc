import type { IamEntityPolicyStore } from "@hearth/store";
import type { z } from "zod";
import type { IamDeps } from "./deps.ts";
import { type NoSuchEntity, roleNotFound, userNotFound } from "./errors.ts";
import * as words from "./words.ts";

/** What differs between the policies of roles and those of users; the operations on both are the same otherwise. */
export interface PolicyHolder {
  /** The word in the names of operations. */
  readonly noun: "Role" | "User";
  /** The member that names the holder. */
  readonly member: "RoleName" | "UserName";
  readonly nameSchema: z.ZodType<string>;
  /** All inline policies together. */
  readonly maxInlineBytes: number;
  readonly policies: (deps: Pick<IamDeps, "rolePolicies" | "userPolicies">) => IamEntityPolicyStore;
  readonly exists: (deps: Pick<IamDeps, "roles" | "users">, accountId: string, name: string) => Promise<boolean>;
  readonly notFound: (name: string) => NoSuchEntity;
}

/** The holder's member of an input schema; `holderName` reads it. */
export function holderMember({ member, nameSchema }: PolicyHolder): Readonly<Record<never, z.ZodType>> {
  return { [member]: nameSchema };
}

/** The name of the holder in an input whose schema has `holderMember`. */
export function holderName({ member }: PolicyHolder, input: Readonly<Partial<Record<string, unknown>>>): string {
  return input[member] as string;
}

export const roleHolder: PolicyHolder = {
  noun: "Role",
  member: "RoleName",
  nameSchema: words.RoleName,
  maxInlineBytes: 10_240,
  policies: ({ rolePolicies }) => rolePolicies,
  exists: async ({ roles }, accountId, RoleName) => (await roles.find({ accountId, RoleName })) !== undefined,
  notFound: roleNotFound,
};

export const userHolder: PolicyHolder = {
  noun: "User",
  member: "UserName",
  nameSchema: words.UserName,
  maxInlineBytes: 2048,
  policies: ({ userPolicies }) => userPolicies,
  exists: async ({ users }, accountId, UserName) => (await users.find({ accountId, UserName })) !== undefined,
  notFound: userNotFound,
};
