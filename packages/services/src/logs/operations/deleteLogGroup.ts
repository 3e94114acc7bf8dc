import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { groupNotFound, ResourceNotFoundException } from "../errors.ts";
import { groupKey } from "../findGroup.ts";
import * as words from "../words.ts";

export const deleteLogGroup = operation({
  name: "DeleteLogGroup",
  input: structure({ logGroupName: words.LogGroupName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName }, context, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.delete(groupKey(context, logGroupName)))) throw groupNotFound();
    return undefined;
  },
});
