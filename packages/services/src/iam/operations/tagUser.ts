import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { InvalidInput, LimitExceeded, NoSuchEntity, userNotFound } from "../errors.ts";
import * as words from "../words.ts";

export const tagUser = operation({
  name: "TagUser",
  input: structure({ UserName: words.UserName, Tags: words.Tags }),
  errors: [NoSuchEntity, LimitExceeded, InvalidInput],
  async handle({ UserName, Tags }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const outcome = await users.tag({ accountId, UserName }, words.tagMap(Tags));
    if (outcome === "missing") throw userNotFound(UserName);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerUser: 50");
    return undefined;
  },
});
