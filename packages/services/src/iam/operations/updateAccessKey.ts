import { choice, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity } from "../errors.ts";
import { keyNotFound, ownerOf } from "../ownerOf.ts";
import * as words from "../words.ts";

export const updateAccessKey = operation({
  name: "UpdateAccessKey",
  input: structure({
    UserName: words.UserName.optional(),
    AccessKeyId: words.AccessKeyId,
    Status: choice(["Active", "Inactive"]),
  }),
  errors: [NoSuchEntity],
  async handle({ UserName, AccessKeyId, Status }, { caller }, { accessKeys }: Pick<IamDeps, "accessKeys">) {
    const status = Status === "Active" ? "Active" : "Inactive";
    if (await accessKeys.setStatus(AccessKeyId, status, ownerOf(UserName, caller))) return undefined;
    throw keyNotFound(AccessKeyId);
  },
});
