import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, userNotFound } from "../errors.ts";
import { ownerOf } from "../ownerOf.ts";
import * as words from "../words.ts";

export const listAccessKeys = operation({
  name: "ListAccessKeys",
  input: structure({
    UserName: words.UserName.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  output: structure({
    AccessKeyMetadata: z.array(
      structure({ UserName: z.string().optional(), AccessKeyId: z.string(), Status: z.string(), CreateDate: z.date() }),
    ),
    IsTruncated: z.boolean(),
  }),
  errors: [NoSuchEntity],
  async handle(input, { caller }, { accessKeys, users }: Pick<IamDeps, "accessKeys" | "users">) {
    const { accountId, UserName } = ownerOf(input.UserName, caller);
    const keys = await accessKeys.listOf({ accountId, UserName });
    if (keys.length === 0 && UserName !== undefined && !(await users.find({ accountId, UserName }))) {
      throw userNotFound(UserName);
    }
    const AccessKeyMetadata = keys.map(({ accessKeyId, status, createdAt }) => ({
      UserName,
      AccessKeyId: accessKeyId,
      Status: status,
      CreateDate: createdAt,
    }));
    return { AccessKeyMetadata, IsTruncated: false };
  },
});
