import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@hearth/kit";
import { expect, onTestFinished, test } from "vitest";
import { checkDataDirectory, dataDirectoryError } from "./checkDataDirectory.ts";
import { StartError } from "./startError.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hearth-data-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("a data directory that does not exist is made, with the folders above it, and nothing is left in it", () => {
  const path = join(folder(), "a", "b");
  checkDataDirectory(path, silentLogger);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(readdirSync(path)).toEqual([]);
  checkDataDirectory(path, silentLogger);
});

test.skipIf(!existsSync("/proc/version"))("a folder below /proc is refused at once, however deep", () => {
  for (const path of ["/proc/hearth", "/proc/a/b/c", "/sys/kernel/hearth/data"]) {
    expect(() => checkDataDirectory(path, silentLogger)).toThrow(/HEARTH_DATA=.* lies below \/(proc|sys)/);
  }
});

test("a file in the place of the data directory, or of a folder above it, is named", () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "data")]) {
    const check = (): void => checkDataDirectory(path, silentLogger);
    expect(check).toThrow(StartError);
    expect(check).toThrow(`HEARTH_DATA=${path} cannot be used`);
    expect(check).toThrow("is not a folder");
  }
});

test("a link to nowhere, and links that lead to each other", () => {
  const place = folder();
  symlinkSync(join(place, "gone"), join(place, "dangling"));
  symlinkSync(join(place, "loop"), join(place, "loop"));
  expect(() => checkDataDirectory(join(place, "dangling"), silentLogger)).toThrow("link to nowhere");
  expect(() => checkDataDirectory(join(place, "loop"), silentLogger)).toThrow("links that lead to each other");
});

test("what the file system refuses is said in one line that names the setting", () => {
  for (const [code, words] of [
    ["EACCES", /this user \(uid \d+\) may not use \/, which belongs to uid 0\. Give the folder/],
    ["EROFS", /mounted read-only/],
    ["ENOSPC", /no space left on the disk of \//],
    ["EDQUOT", /quota/],
  ] as const) {
    const error = dataDirectoryError(Object.assign(new Error("refused"), { code }), "/data", "/");
    expect(error?.message).toMatch(words);
    expect(error?.message).toContain("HEARTH_DATA=/data cannot be used");
    expect(error?.message).not.toContain("\n");
  }
  expect(dataDirectoryError(new Error("a bug"), "/data", "/")).toBeUndefined();
});
