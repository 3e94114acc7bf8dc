import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Intake, type Received } from "./intake/intake.ts";
import { ObjectFiles } from "./objectFiles.ts";
import { ORPHAN_AGE_MS, Orphans } from "./orphans.ts";

let folder: string;
let files: ObjectFiles;
let intake: Intake;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-objects-"));
  const clock = new SystemClock();
  files = new ObjectFiles(folder, { random: systemRandom, clock });
  intake = new Intake(files, clock);
});
afterEach(async () => {
  await intake[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function* body(...pieces: readonly (Buffer | Error)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

async function write(source: AsyncIterable<Uint8Array>): Promise<Received["files"]> {
  return (await intake.receive(source, { maxBytes: Infinity })).files;
}

async function names(): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test("bytes come back, whole and in parts, across files", async () => {
  const first = await write(body(Buffer.alloc(3_000_000, 1), Buffer.from("one")));
  const second = await write(body(Buffer.from("two")));
  expect(first).toEqual([[expect.stringMatching(/^[0-9a-f]{32}$/), 3_000_003]]);
  expect(await write(body())).toEqual([]);
  const both = [...first, ...second];
  expect((await buffer(await files.read(both, 3_000_001, 3_000_004))).toString()).toBe("netw");
  expect((await buffer(await files.read(both, 0, 3_000_005))).length).toBe(3_000_006);
});

test("a body that stops half way leaves nothing behind", async () => {
  const broken = write(body(Buffer.alloc(2_500_000), new Error("gone")));
  await expect(broken).rejects.toThrow("gone");
  expect(await names()).toEqual([]);
});

test("a copy outlives its source", async () => {
  const source = await write(body(Buffer.from("text")));
  const copy = await files.copy(source);
  await files.remove(source.map(([id]) => id));
  expect((await buffer(await files.read(copy, 0, 3))).toString()).toBe("text");
});

test("files without rows are removed when they are old, and only those", async () => {
  const [kept] = await write(body(Buffer.from("kept")));
  await write(body(Buffer.from("orphan")));
  const rows = { unknown: (ids: readonly string[]) => Promise.resolve(ids.filter((id) => id !== kept?.[0])) };
  const at = (ms: number): Orphans =>
    new Orphans({ files: rows, bytes: files, clock: new ManualClock(ms), logger: silentLogger });
  await using young = at(Date.now() - 60_000);
  expect(await young.collect()).toBe(0);
  expect(await names()).toHaveLength(2);
  await using old = at(Date.now() + ORPHAN_AGE_MS + 60_000);
  await old.collect();
  expect(await names()).toEqual([kept?.[0]]);
});
