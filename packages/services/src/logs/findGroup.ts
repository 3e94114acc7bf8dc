import type { AccountRegion } from "@hearth/model";
import type { LogGroupKey, LogGroupRecord } from "@hearth/store";
import type { LogsDeps } from "./deps.ts";
import { groupNotFound } from "./errors.ts";

export function groupKey({ accountId, region }: AccountRegion, logGroupName: string): LogGroupKey {
  return { accountId, region, logGroupName };
}

export async function findGroup(
  { groups }: Pick<LogsDeps, "groups">,
  where: AccountRegion,
  logGroupName: string,
): Promise<LogGroupRecord> {
  const group = await groups.find(groupKey(where, logGroupName));
  if (!group) throw groupNotFound();
  return group;
}
