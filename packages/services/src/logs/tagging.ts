import { type AccountRegion, structure, text } from "@hearth/model";
import { z } from "zod";
import type { LogsDeps } from "./deps.ts";
import { groupNotFound, TooManyTagsException } from "./errors.ts";
import { groupKey } from "./findGroup.ts";
import * as words from "./words.ts";

export const ResourceArn = text({ min: 1, max: 1011, pattern: "[\\w+=/:,.@\\-#*]*" });

export const TagKeys = z.array(words.TagKey);

export type TagDeps = Pick<LogsDeps, "groups">;

export async function readTags({ groups }: TagDeps, where: AccountRegion, logGroupName: string) {
  const group = await groups.find(groupKey(where, logGroupName));
  if (!group) throw groupNotFound();
  return { tags: group.tags };
}

export async function writeTags(
  { groups }: TagDeps,
  where: AccountRegion,
  logGroupName: string,
  tags: Record<string, string>,
) {
  const outcome = await groups.tag(groupKey(where, logGroupName), tags);
  if (outcome === "missing") throw groupNotFound();
  if (outcome === "tooMany") throw new TooManyTagsException("A resource can have no more than 50 tags.");
  return undefined;
}

export async function removeTags(
  { groups }: TagDeps,
  where: AccountRegion,
  logGroupName: string,
  keys: readonly string[],
) {
  if (!(await groups.untag(groupKey(where, logGroupName), keys))) throw groupNotFound();
  return undefined;
}

/** The tags of a log group as answers have them. */
export const tagsShape = structure({ tags: z.record(z.string(), z.string()) });
