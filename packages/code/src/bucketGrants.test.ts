import { expect, test } from "vitest";
import { BucketGrants } from "./bucketGrants.ts";

const grants = new BucketGrants([
  { accountId: "111111111111", bucket: "builds", prefix: "team-a" },
  { accountId: "111111111111", bucket: "shared", prefix: "" },
  { accountId: "222222222222", bucket: "builds", prefix: "team-b/releases" },
]);

test.each([
  ["111111111111", "builds", "team-a/x.zip", true],
  ["111111111111", "builds", "team-a/deep/x.zip", true],
  ["111111111111", "builds", "team-ab/x.zip", false],
  ["111111111111", "builds", "team-a", false],
  ["111111111111", "builds", "/team-a/x.zip", false],
  ["111111111111", "builds", "team-a/../team-b/x.zip", false],
  ["111111111111", "builds", "team-a\\..\\x.zip", false],
  ["111111111111", "builds", "team-a/..\\team-b/x.zip", false],
  ["111111111111", "builds", "team-a/./x.zip", false],
  ["111111111111", "builds", "team-a/..x.zip", true],
  ["111111111111", "Builds", "team-a/x.zip", false],
  ["111111111111", "shared", "anything", true],
  ["222222222222", "builds", "team-b/releases/x.zip", true],
  ["222222222222", "builds", "team-b/x.zip", false],
  ["222222222222", "shared", "anything", false],
  ["333333333333", "shared", "anything", false],
  ["000000000000", "any", "thing/../at all", true],
])("account %s may take code from %s/%s: %s", (accountId, Bucket, Key, allowed) => {
  expect(grants.allow(accountId, { Bucket, Key })).toBe(allowed);
});
