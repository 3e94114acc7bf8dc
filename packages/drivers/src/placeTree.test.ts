import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { placeTree } from "./placeTree.ts";
import { TestDataDir } from "./testing/testLauncher.ts";

function folders(): { from: string; into: string } {
  const data = new TestDataDir();
  onTestFinished(() => data[Symbol.dispose]());
  const [from, into] = [join(data.path, "from"), join(data.path, "into")];
  mkdirSync(from);
  mkdirSync(into);
  return { from, into };
}

test("files are hard links to the archive's, in new folders", async () => {
  const { from, into } = folders();
  mkdirSync(join(from, "a/b"), { recursive: true });
  writeFileSync(join(from, "a/b/file"), "content");
  await placeTree(from, into, { how: "link" });
  expect(statSync(join(into, "a/b/file")).ino).toBe(statSync(join(from, "a/b/file")).ino);
  expect(statSync(join(into, "a")).ino).not.toBe(statSync(join(from, "a")).ino);
});

test("copies are files of their own and keep the permission to execute", async () => {
  const { from, into } = folders();
  writeFileSync(join(from, "run"), "#!/bin/sh", { mode: 0o755 });
  await placeTree(from, into, { how: "copy" });
  expect(statSync(join(into, "run")).ino).not.toBe(statSync(join(from, "run")).ino);
  expect(statSync(join(into, "run")).mode & 0o777).toBe(0o755);
});

test.each(["link", "copy"] as const)("symbolic links stay links and are never followed (%s)", async (how) => {
  const { from, into } = folders();
  symlinkSync("/etc/passwd", join(from, "passwd"));
  symlinkSync("/etc", join(from, "etc"));
  await placeTree(from, into, { how });
  expect(readlinkSync(join(into, "passwd"))).toBe("/etc/passwd");
  expect(lstatSync(join(into, "etc")).isSymbolicLink()).toBe(true);
});

test("a later tree lies over an earlier one, also where a link would lead out of it", async () => {
  const { from, into } = folders();
  mkdirSync(join(from, "lib"));
  writeFileSync(join(from, "lib/file"), "later");
  writeFileSync(join(from, "other"), "later");
  symlinkSync("/etc", join(into, "lib"));
  mkdirSync(join(into, "other"));
  await placeTree(from, into, { how: "link" });
  expect(lstatSync(join(into, "lib")).isDirectory()).toBe(true);
  expect(readFileSync(join(into, "lib/file"), "utf8")).toBe("later");
  expect(readFileSync(join(into, "other"), "utf8")).toBe("later");
});

test("a FIFO in an archive is refused", async () => {
  const { from, into } = folders();
  execFileSync("mkfifo", [join(from, "fifo")]);
  await expect(placeTree(from, into, { how: "link" })).rejects.toThrow("neither");
});

test("thousands of files are placed", async () => {
  const { from, into } = folders();
  writeFileSync(join(from, "0"), "");
  for (let i = 1; i < 3000; i++) linkSync(join(from, "0"), join(from, `${i}`));
  await placeTree(from, into, { how: "link" });
  expect(readdirSync(into)).toHaveLength(3000);
});
