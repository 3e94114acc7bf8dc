import type { LogGroupRecord } from "@hearth/store";
import type { LogsDeps } from "./deps.ts";
import { groupNotFound } from "./errors.ts";

export async function findGroup(
  { groups }: Pick<LogsDeps, "groups">,
  accountId: string,
  logGroupName: string,
): Promise<LogGroupRecord> {
  const group = await groups.find({ accountId, logGroupName });
  if (!group) throw groupNotFound();
  return group;
}
