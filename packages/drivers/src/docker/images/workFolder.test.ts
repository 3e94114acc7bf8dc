import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemRandom } from "@hearth/kit";
import { expect, test } from "vitest";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { openWorkFolder } from "./workFolder.ts";

test("folders of processes that are gone are removed, those of others stay", () => {
  using data = new TestDataDir();
  for (const name of ["npm-abandoned", "0123456789abcdef"]) mkdirSync(join(data.path, name));
  writeFileSync(join(data.path, "npm-abandoned", "file"), "half");
  writeFileSync(join(data.path, "0123456789abcdef.lock"), "");
  using first = openWorkFolder(data.path, systemRandom);
  {
    using second = openWorkFolder(data.path, systemRandom);
    expect(existsSync(first.path)).toBe(true);
    expect(existsSync(second.path)).toBe(true);
  }
  expect(readdirSync(data.path).filter((name) => !first.path.endsWith(name.replace(".lock", "")))).toEqual([]);
});
