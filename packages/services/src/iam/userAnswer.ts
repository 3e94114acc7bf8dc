import { structure } from "@hearth/model";
import type { AccountRegion } from "@hearth/model";
import type { UserRecord } from "@hearth/store";
import { z } from "zod";
import { iamArn } from "./iamArn.ts";
import * as words from "./words.ts";

export function toUser(where: AccountRegion, user: UserRecord) {
  return {
    Path: user.Path,
    UserName: user.UserName,
    UserId: user.UserId,
    Arn: iamArn(where, `user${user.Path}${user.UserName}`),
    CreateDate: user.CreateDate,
    PermissionsBoundary:
      user.PermissionsBoundary === null
        ? undefined
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: user.PermissionsBoundary },
  };
}

export function toWholeUser(where: AccountRegion, user: UserRecord) {
  const tags = words.tagList(user.Tags);
  return { ...toUser(where, user), ...(tags.length === 0 ? {} : { Tags: tags }) };
}

/** A user as answers have it; an account's root has no name. */
export const userShape = structure({
  Path: z.string(),
  UserName: z.string().optional(),
  UserId: z.string(),
  Arn: z.string(),
  CreateDate: z.date(),
  PermissionsBoundary: structure({
    PermissionsBoundaryType: z.string(),
    PermissionsBoundaryArn: z.string(),
  }).optional(),
  Tags: words.tagsShape.optional(),
});
