import type { UserRecord } from "@hearth/store";
import * as words from "./words.ts";

export function toUser(accountId: string, user: UserRecord) {
  return {
    Path: user.Path,
    UserName: user.UserName,
    UserId: user.UserId,
    Arn: `arn:aws:iam::${accountId}:user${user.Path}${user.UserName}`,
    CreateDate: user.CreateDate,
    PermissionsBoundary:
      user.PermissionsBoundary === null
        ? undefined
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: user.PermissionsBoundary },
  };
}

export function toWholeUser(accountId: string, user: UserRecord) {
  const tags = words.tagList(user.Tags);
  return { ...toUser(accountId, user), ...(tags.length === 0 ? {} : { Tags: tags }) };
}
