import { text } from "@hearth/model";
import { z } from "zod";
import type { LogsDeps } from "./deps.ts";
import { groupNotFound, TooManyTagsException } from "./errors.ts";
import * as words from "./words.ts";

export const ResourceArn = text({ min: 1, max: 1011, pattern: "[\\w+=/:,.@\\-#*]*" });

export const TagKeys = z.array(words.TagKey);

export type TagDeps = Pick<LogsDeps, "groups" | "region">;

export async function readTags({ groups }: TagDeps, accountId: string, logGroupName: string) {
  const group = await groups.find({ accountId, logGroupName });
  if (!group) throw groupNotFound();
  return { tags: group.tags };
}

export async function writeTags(
  { groups }: TagDeps,
  accountId: string,
  logGroupName: string,
  tags: Record<string, string>,
) {
  const outcome = await groups.tag({ accountId, logGroupName }, tags);
  if (outcome === "missing") throw groupNotFound();
  if (outcome === "tooMany") throw new TooManyTagsException("A resource can have no more than 50 tags.");
  return undefined;
}

export async function removeTags(
  { groups }: TagDeps,
  accountId: string,
  logGroupName: string,
  keys: readonly string[],
) {
  if (!(await groups.untag({ accountId, logGroupName }, keys))) throw groupNotFound();
  return undefined;
}
