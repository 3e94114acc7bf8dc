import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../config.ts";
import { StartError } from "../../startError.ts";
import { BackupWriter, readBackup } from "./backupFile.ts";
import { BLOB, MANIFEST, type Manifest, verifyBackup } from "./manifest.ts";
import { restoreBackup } from "./restoreBackup.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-backup-file-"));
  file = join(folder, "a.backup");
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const manifest: Manifest = {
  version: "9.9.9",
  createdAt: "2026-01-01T00:00:00.000Z",
  region: "us-east-1",
  database: {
    migrations: ["0001_change_log.sql", "9999_of_the_future.sql"],
    tables: [],
    partitions: [],
    sequences: [],
    masterKeyIds: [],
  },
  blobs: [],
};

async function write(frames: Readonly<Record<string, string>>): Promise<void> {
  await using writer = new BackupWriter(file);
  for (const [name, body] of Object.entries(frames)) await writer.add(name, Buffer.from(body));
  await writer.finish();
}

test("pieces of any size are read as they were written", async () => {
  const large = systemRandom.hex(300_000);
  await write({ a: "1\n2\n", empty: "", large });
  const found: Record<string, string> = {};
  for await (const { name, body } of readBackup(file)) found[name] = body.toString();
  expect(found).toEqual({ a: "1\n2\n", empty: "", large });
});

test("a back-up that was not finished leaves no file", async () => {
  {
    await using writer = new BackupWriter(file);
    await writer.add("a", Buffer.from("1"));
  }
  expect(await readdir(folder)).toEqual([]);
});

test("a file that cannot be written is refused at once, by its name", async () => {
  file = join(folder, "missing", "a.backup");
  await expect(write({ a: "1" })).rejects.toThrow(StartError);
  await expect(write({ a: "1" })).rejects.toThrow(`${file} cannot be written: ENOENT`);
});

test("a back-up that lacks an archive, or has one whose content does not match its name, is refused", async () => {
  const digest = "a".repeat(64);
  await write({ [MANIFEST]: JSON.stringify({ ...manifest, blobs: [digest] }) });
  await expect(verifyBackup(file)).rejects.toThrow("lacks 1 archives");
  await rm(file);
  await write({ [MANIFEST]: JSON.stringify({ ...manifest, blobs: [digest] }), [`${BLOB}${digest}`]: "another" });
  await expect(verifyBackup(file)).rejects.toThrow(`the archive ${digest} is damaged`);
});

test("a back-up of a newer schema is refused before anything is written", async () => {
  await write({ [MANIFEST]: JSON.stringify(manifest) });
  const data = join(folder, "data");
  const config = readConfig({ HEARTH_DATA: data }, folder);
  const base = { config, clock: new SystemClock(), random: systemRandom, logger: silentLogger, out: () => undefined };
  await expect(restoreBackup(base, [file])).rejects.toThrow("with schema 9999 (9999_of_the_future.sql)");
  expect(await readdir(folder)).toEqual(["a.backup"]);
});
