import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "./logsDeps.ts";
import { groupNotFound, ResourceNotFoundException, TooManyTagsException } from "./logsErrors.ts";
import * as words from "./logsWords.ts";

const ResourceArn = text({ min: 1, max: 1011, pattern: "[\\w+=/:,.@\\-#*]*" });
const TagKeys = z.array(words.TagKey);
type TagDeps = Pick<LogsDeps, "groups" | "region">;

async function read({ groups }: TagDeps, accountId: string, logGroupName: string) {
  const group = await groups.find({ accountId, logGroupName });
  if (!group) throw groupNotFound();
  return { tags: group.tags };
}

async function write({ groups }: TagDeps, accountId: string, logGroupName: string, tags: Record<string, string>) {
  const outcome = await groups.tag({ accountId, logGroupName }, tags);
  if (outcome === "missing") throw groupNotFound();
  if (outcome === "tooMany") throw new TooManyTagsException("A resource can have no more than 50 tags.");
  return undefined;
}

async function remove({ groups }: TagDeps, accountId: string, logGroupName: string, keys: readonly string[]) {
  if (!(await groups.untag({ accountId, logGroupName }, keys))) throw groupNotFound();
  return undefined;
}

const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: structure({ resourceArn: ResourceArn }),
  errors: [ResourceNotFoundException],
  handle: async ({ resourceArn }, { caller: { accountId } }, deps: TagDeps) =>
    await read(deps, accountId, words.nameInArn(resourceArn, deps.region, accountId)),
});

const tagResource = operation({
  name: "TagResource",
  input: structure({ resourceArn: ResourceArn, tags: words.Tags }),
  errors: [ResourceNotFoundException, TooManyTagsException],
  handle: async ({ resourceArn, tags }, { caller: { accountId } }, deps: TagDeps) =>
    await write(deps, accountId, words.nameInArn(resourceArn, deps.region, accountId), tags),
});

const untagResource = operation({
  name: "UntagResource",
  input: structure({ resourceArn: ResourceArn, tagKeys: TagKeys }),
  errors: [ResourceNotFoundException],
  handle: async ({ resourceArn, tagKeys }, { caller: { accountId } }, deps: TagDeps) =>
    await remove(deps, accountId, words.nameInArn(resourceArn, deps.region, accountId), tagKeys),
});

const listTagsLogGroup = operation({
  name: "ListTagsLogGroup",
  input: structure({ logGroupName: words.LogGroupName }),
  errors: [ResourceNotFoundException],
  handle: async ({ logGroupName }, { caller: { accountId } }, deps: TagDeps) =>
    await read(deps, accountId, logGroupName),
});

const tagLogGroup = operation({
  name: "TagLogGroup",
  input: structure({ logGroupName: words.LogGroupName, tags: words.Tags }),
  errors: [ResourceNotFoundException, TooManyTagsException],
  handle: async ({ logGroupName, tags }, { caller: { accountId } }, deps: TagDeps) =>
    await write(deps, accountId, logGroupName, tags),
});

const untagLogGroup = operation({
  name: "UntagLogGroup",
  input: structure({ logGroupName: words.LogGroupName, tags: TagKeys }),
  errors: [ResourceNotFoundException],
  handle: async ({ logGroupName, tags }, { caller: { accountId } }, deps: TagDeps) =>
    await remove(deps, accountId, logGroupName, tags),
});

export const tagOperations = [
  listTagsForResource,
  tagResource,
  untagResource,
  listTagsLogGroup,
  tagLogGroup,
  untagLogGroup,
];
