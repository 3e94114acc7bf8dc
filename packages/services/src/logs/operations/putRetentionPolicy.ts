import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { groupNotFound, InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { groupKey } from "../findGroup.ts";
import * as words from "../words.ts";

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const putRetentionPolicy = operation({
  name: "PutRetentionPolicy",
  input: structure({
    logGroupName: words.LogGroupName,
    retentionInDays: integer().refine(
      (days) => RETENTION_DAYS.includes(days),
      `Member must satisfy enum value set: [${RETENTION_DAYS.join(", ")}]`,
    ),
  }),
  errors: [ResourceNotFoundException, InvalidParameterException],
  async handle({ logGroupName, retentionInDays }, context, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.setRetention(groupKey(context, logGroupName), retentionInDays))) throw groupNotFound();
    return undefined;
  },
});
