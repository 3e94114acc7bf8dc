import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity } from "../errors.ts";
import { keyNotFound, ownerOf } from "../ownerOf.ts";
import * as words from "../words.ts";

export const deleteAccessKey = operation({
  name: "DeleteAccessKey",
  input: structure({ UserName: words.UserName.optional(), AccessKeyId: words.AccessKeyId }),
  errors: [NoSuchEntity],
  async handle({ UserName, AccessKeyId }, { caller }, { accessKeys }: Pick<IamDeps, "accessKeys">) {
    if (await accessKeys.remove(AccessKeyId, ownerOf(UserName, caller))) return undefined;
    throw keyNotFound(AccessKeyId);
  },
});
