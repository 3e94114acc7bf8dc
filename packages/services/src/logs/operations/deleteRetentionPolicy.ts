import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { groupNotFound, ResourceNotFoundException } from "../errors.ts";
import { groupKey } from "../findGroup.ts";
import * as words from "../words.ts";

export const deleteRetentionPolicy = operation({
  name: "DeleteRetentionPolicy",
  input: structure({ logGroupName: words.LogGroupName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName }, context, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.setRetention(groupKey(context, logGroupName), undefined))) throw groupNotFound();
    return undefined;
  },
});
