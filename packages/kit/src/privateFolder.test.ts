import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makePrivateFolder, makeUnlistedFolder } from "./privateFolder.ts";

function folderWith(mode: number): string {
  const parent = mkdtempSync(join(tmpdir(), "hearth-private-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "folder");
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

test("a private folder is its owner's alone, also when an earlier version made it for everyone", () => {
  const folder = folderWith(0o755);
  makePrivateFolder(folder);
  makePrivateFolder(join(folder, "new/one"));
  expect([modeOf(folder), modeOf(join(folder, "new")), modeOf(join(folder, "new/one"))]).toEqual([0o700, 0o700, 0o700]);
});

test("an unlisted folder can be passed through where it could before", () => {
  const folder = folderWith(0o775);
  makeUnlistedFolder(folder);
  makeUnlistedFolder(join(folder, "new"));
  expect([modeOf(folder), modeOf(join(folder, "new"))]).toEqual([0o711, 0o700]);
});

test("a folder that users share is left as it is", () => {
  const folder = folderWith(0o1777);
  makeUnlistedFolder(folder);
  expect(modeOf(folder)).toBe(0o1777);
});
