import { expect, test } from "vitest";
import { checkNames } from "./names.ts";

test.for(["..", ".", "a/../b", "../x", "x/..", "a/./b", "%2e%2E/x", "a/.%2e/b", "a\\..\\b", "a\0b", ""])(
  "the key %j could leave its bucket on some server, and is refused",
  (key) => {
    expect(() => checkNames({ key })).toThrow("are not passed on");
  },
);

test.for(["a", "a..b", "...", "a/...", ".hidden", "a/.b/c", "//a//", "%2e%2ex/y", "ü €", "k".repeat(1_024)])(
  "the key %j is one like every other",
  (key) => {
    expect(() => checkNames({ key })).not.toThrow();
  },
);

test("ids of versions and uploads are no paths", () => {
  expect(() => checkNames({ query: { versionId: "null" } })).not.toThrow();
  expect(() => checkNames({ query: { uploadId: "2~abc_DEF-1.x/y+z=" } })).not.toThrow();
  for (const versionId of ["../x", "a/../../b", "", "x y", "ü", "v".repeat(1_025)]) {
    expect(() => checkNames({ query: { versionId } })).toThrow("Invalid version id");
    expect(() => checkNames({ query: { uploadId: versionId } })).toThrow("upload does not exist");
  }
});
