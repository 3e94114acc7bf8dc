import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { groupNotFound, ResourceNotFoundException } from "../errors.ts";
import * as words from "../words.ts";

export const deleteLogGroup = operation({
  name: "DeleteLogGroup",
  input: structure({ logGroupName: words.LogGroupName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName }, { caller: { accountId } }, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.delete({ accountId, logGroupName }))) throw groupNotFound();
    return undefined;
  },
});
