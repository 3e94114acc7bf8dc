import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SandboxFolderStore } from "./sandboxFolders.ts";
import { TestDataDir } from "./testing/testLauncher.ts";

const ID = "0123456789abcdef";

function store(): { folders: SandboxFolderStore; path: string } {
  const data = new TestDataDir();
  onTestFinished(() => data[Symbol.dispose]());
  return { folders: new SandboxFolderStore(data.path, data.path, undefined), path: data.path };
}

test("removing a sandbox's folder leaves alone what links in it lead to", async () => {
  const { folders, path } = store();
  mkdirSync(join(path, "precious"));
  writeFileSync(join(path, "precious/file"), "");
  const { run, task, base } = await folders.create(ID);
  symlinkSync(join(path, "precious"), join(run, "link"));
  symlinkSync(join(path, "precious"), join(task, "link"));
  await folders.remove(ID);
  expect(existsSync(base)).toBe(false);
  expect(existsSync(join(path, "precious/file"))).toBe(true);
  await folders.remove(ID);
});

test("a folder of sandboxes that is a link is refused", async () => {
  const { folders, path } = store();
  mkdirSync(join(path, "elsewhere"));
  symlinkSync(join(path, "elsewhere"), join(path, "s"));
  await expect(folders.create(ID)).rejects.toThrow("not a link");
});

test("only what is named like a sandbox is listed", async () => {
  const { folders, path } = store();
  expect(await folders.list()).toEqual([]);
  await folders.create(ID);
  mkdirSync(join(path, "s/other"));
  expect(await folders.list()).toEqual([ID]);
});
