import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
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

test("no other user of the host can enter sandboxes' folders, also where an earlier version made them for everyone", async () => {
  const { folders, path } = store();
  mkdirSync(join(path, "s"));
  chmodSync(join(path, "s"), 0o755);
  const { run, task } = await folders.create(ID);
  expect(modeOf(join(path, "s"))).toBe(0o700);
  expect([modeOf(run), modeOf(task)], "mounts of sandboxes, whose processes are other users").toEqual([0o755, 0o755]);
});

test.runIf(process.getuid?.() === 0)(
  "an invoker of another user can pass through to its own folders alone",
  async () => {
    const data = new TestDataDir();
    onTestFinished(() => data[Symbol.dispose]());
    chmodSync(data.path, 0o711);
    const { run } = await new SandboxFolderStore(data.path, data.path, { uid: 10_001, gid: 10_001 }).create(ID);
    const canWrite = (uid: number, gid: number): boolean =>
      spawnSync("touch", [join(run, "probe")], { uid, gid }).status === 0;
    const canList = (uid: number, gid: number): boolean =>
      spawnSync("ls", [join(data.path, "s")], { uid, gid }).status === 0;
    expect([canWrite(10_001, 10_001), canList(10_001, 10_001)]).toEqual([true, false]);
    expect([canWrite(10_002, 10_002), canWrite(993, 990)]).toEqual([false, false]);
    const reads = spawnSync("ls", [run], { uid: 10_002, gid: 10_002 });
    expect(reads.status).not.toBe(0);
  },
);

const modeOf = (folder: string): number => statSync(folder).mode & 0o777;
