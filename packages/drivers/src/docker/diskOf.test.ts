import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { diskOf } from "./diskOf.ts";

const source =
  process.platform === "linux" ? execFileSync("df", ["--output=source", "/"]).toString().split("\n")[1] : "";

test.runIf(source?.startsWith("/dev/"))("a path leads to the disk that holds it, not to its partition", () => {
  const disk = diskOf("/");
  expect(disk).toMatch(/^\/dev\/\w+/);
  if (disk?.startsWith("/dev/dm-") !== true) expect(source).toContain(disk);
});

test("what lies on no disk, or is not there, has none", () => {
  expect(diskOf("/proc")).toBeUndefined();
  expect(diskOf("/not/there")).toBeUndefined();
});
