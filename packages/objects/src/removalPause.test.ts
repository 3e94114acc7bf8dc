import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ObjectBackup } from "./objectBackup.ts";
import { ObjectFiles } from "./objectFiles.ts";

const deps = { random: systemRandom, clock: new SystemClock(), logger: silentLogger };

let folder: string;
let files: ObjectFiles;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-pause-"));
  files = new ObjectFiles(folder, deps);
});
afterEach(async () => {
  await files[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function newFile(): Promise<string> {
  await using draft = files.draft();
  await draft.write([Buffer.from("bytes")]);
  return draft.keep()[0]?.[0] ?? "";
}

async function has(id: string): Promise<boolean> {
  const names = await readdir(join(folder, "objects"), { recursive: true });
  return names.some((name) => name.endsWith(id));
}

test("no file is removed while a back-up is made, and all are when it is done", async () => {
  const id = await newFile();
  const backup = new ObjectBackup(folder);
  {
    await using _one = await backup.pauseRemovals(deps);
    {
      await using _other = await backup.pauseRemovals(deps);
    }
    await files.remove([id]);
    expect(await has(id)).toBe(true);
  }
  await files.remove([id]);
  expect(await has(id)).toBe(false);
});

test("a back-up that was killed holds nothing up for longer than five minutes", async () => {
  const id = await newFile();
  await using _pause = await new ObjectBackup(folder).pauseRemovals(deps);
  const paused = join(folder, "objects", "paused");
  const [name = ""] = await readdir(paused);
  const old = new Date(Date.now() - 6 * 60_000);
  await utimes(join(paused, name), old, old);
  await files.remove([id]);
  expect(await has(id)).toBe(false);
  expect(await readdir(paused)).toEqual([]);
});
