import { structure } from "@hearth/model";
import type { AccountRegion } from "@hearth/model";
import type { RoleRecord } from "@hearth/store";
import { z } from "zod";
import { iamArn } from "./iamArn.ts";
import * as words from "./words.ts";

export function toRole(where: AccountRegion, role: RoleRecord) {
  return {
    Path: role.Path,
    RoleName: role.RoleName,
    RoleId: role.RoleId,
    Arn: iamArn(where, `role${role.Path}${role.RoleName}`),
    CreateDate: role.CreateDate,
    AssumeRolePolicyDocument: words.encodeDocument(role.AssumeRolePolicyDocument),
    Description: role.Description ?? undefined,
    MaxSessionDuration: role.MaxSessionDuration,
    PermissionsBoundary:
      role.PermissionsBoundary === null
        ? undefined
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: role.PermissionsBoundary },
  };
}

/** As Create and Get answer; lists leave the last two out. */
export function toWholeRole(where: AccountRegion, role: RoleRecord) {
  const tags = words.tagList(role.Tags);
  return { ...toRole(where, role), ...(tags.length === 0 ? {} : { Tags: tags }), RoleLastUsed: {} };
}

/** A role as answers have it. */
export const roleShape = structure({
  Path: z.string(),
  RoleName: z.string(),
  RoleId: z.string(),
  Arn: z.string(),
  CreateDate: z.date(),
  AssumeRolePolicyDocument: z.string(),
  Description: z.string().optional(),
  MaxSessionDuration: z.int(),
  PermissionsBoundary: structure({
    PermissionsBoundaryType: z.string(),
    PermissionsBoundaryArn: z.string(),
  }).optional(),
  Tags: words.tagsShape.optional(),
  RoleLastUsed: structure({}).optional(),
});
