import { chmod, lstat, mkdir, mkdtemp, readdir, readlink, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { systemRandom } from "@hearth/kit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ZipFile } from "yazl";
import { CodeStore } from "./codeStore.ts";
import { removeTree } from "./removeTree.ts";
import { InvalidZip } from "./invalidZip.ts";
import { inspectZip } from "./zipMembers.ts";

let folder: string;
let store: CodeStore;
const signal = new AbortController().signal;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-code-"));
  store = new CodeStore(folder, { random: systemRandom });
});
afterAll(async () => await removeTree(folder));

interface Sample {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
}

async function zipOf(...files: readonly Sample[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, content = "", mode = 0o100644 } of files) {
    if (name.endsWith("/")) zip.addEmptyDirectory(name, { mode: 0o040755 });
    else zip.addBuffer(Buffer.from(content), name, { mode });
  }
  zip.end();
  return await buffer(zip.outputStream);
}

/** Replaces a name of the same length everywhere: what no honest tool would write. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  expect(Buffer.byteLength(to)).toBe(Buffer.byteLength(from));
  return Buffer.from(zip.toString("latin1").replaceAll(from, Buffer.from(to).toString("latin1")), "latin1");
}

async function unpacked(bytes: Buffer): Promise<string> {
  const { digest } = await store.put(bytes);
  return await store.unpack(digest, signal);
}

async function refusal(bytes: Buffer): Promise<string> {
  const inspected: unknown = await inspectZip(bytes).catch((error: unknown) => error);
  expect(inspected).toBeInstanceOf(InvalidZip);
  const error: unknown = await unpacked(bytes).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InvalidZip);
  return (error as InvalidZip).message;
}

test("a blob is stored once under its digest and read back", async () => {
  const bytes = await zipOf({ name: "a.txt", content: "hello" });
  const stored = await store.put(bytes);
  expect(await store.put(bytes)).toEqual(stored);
  expect(stored.sizeBytes).toBe(bytes.length);
  expect(store.has(stored.digest)).toBe(true);
  const { stream, sizeBytes } = await store.openRead(stored.digest);
  expect(sizeBytes).toBe(bytes.length);
  expect(await buffer(stream)).toEqual(bytes);
});

test("files are read-only and readable by all, executable bits and links inside the tree are kept", async () => {
  const path = await unpacked(
    await zipOf(
      { name: "bootstrap", content: "#!/bin/sh", mode: 0o100700 },
      { name: "lib/deep/data.json", content: "{}", mode: 0o100600 },
      { name: "empty/" },
      { name: "lib/link", content: "../bootstrap", mode: 0o120777 },
      { name: "big", content: Buffer.alloc(3_000_000, "x") },
    ),
  );
  expect((await stat(join(path, "bootstrap"))).mode & 0o7777).toBe(0o555);
  expect((await stat(join(path, "lib/deep/data.json"))).mode & 0o7777).toBe(0o444);
  expect((await stat(join(path, "lib/deep"))).mode & 0o7777).toBe(0o555);
  expect((await stat(path)).mode & 0o7777).toBe(0o555);
  expect(await readlink(join(path, "lib/link"))).toBe("../bootstrap");
  expect((await stat(join(path, "big"))).size).toBe(3_000_000);
  expect(await readdir(join(path, "empty"))).toEqual([]);
});

test("callers that unpack the same archive at once get the same folder", async () => {
  const { digest } = await store.put(await zipOf({ name: "once.txt", content: "1" }));
  const paths = await Promise.all(Array.from({ length: 5 }, () => store.unpack(digest, signal)));
  expect(new Set(paths).size).toBe(1);
  const other = new CodeStore(folder, { random: systemRandom });
  expect(await other.unpack(digest, signal)).toBe(paths[0]);
});

test("names that leave the tree are refused", async () => {
  const honest = await zipOf({ name: "aa/aa/evil.txt", content: "x" });
  await refusal(renamed(honest, "aa/aa/evil.txt", "../../evil.txt"));
  await refusal(renamed(honest, "aa/aa/evil.txt", "/a/aa/evil.txt"));
  await refusal(renamed(honest, "aa/aa/evil.txt", "..\\..\\evil.txt"));
  await refusal(renamed(honest, "aa/aa/evil.txt", "C:/aa/evil.txt"));
  await refusal(renamed(honest, "aa/aa/evil.txt", "aa/../../e.txt"));
  await refusal(renamed(honest, "aa/aa/evil.txt", "aa/aa/evi\0.txt"));
});

test("links out of the tree are refused, also by way of other links", async () => {
  const link = (name: string, content: string): Sample => ({ name, content, mode: 0o120777 });
  expect(await refusal(await zipOf(link("l", "/etc/passwd")))).toMatch(/link out of the tree/);
  expect(await refusal(await zipOf(link("l", "../x")))).toMatch(/link out of the tree/);
  expect(await refusal(await zipOf(link("a/b/l", "../../../x")))).toMatch(/link out of the tree/);
  // x/y/d is the root itself, so what looks like `x` is two folders above the root.
  expect(await refusal(await zipOf({ name: "x/y/f" }, link("x/y/d", "../.."), link("e", "x/y/d/../../etc")))).toMatch(
    /link out of the tree/,
  );
  expect(await refusal(await zipOf(link("p", "q"), link("q", "p")))).toMatch(/leads to itself/);
  expect(await refusal(await zipOf(link("d", "e"), { name: "d/file" }))).toMatch(/not a folder/);
});

test("devices, duplicates and conflicting names are refused", async () => {
  expect(await refusal(await zipOf({ name: "null", mode: 0o020666 }))).toMatch(/neither a file/);
  expect(await refusal(await zipOf({ name: "fifo", mode: 0o010666 }))).toMatch(/neither a file/);
  const fileAndLink = await zipOf({ name: "one" }, { name: "two", content: "x", mode: 0o120777 });
  expect(await refusal(renamed(fileAndLink, "two", "one"))).toMatch(/duplicate/);
  expect(await refusal(await zipOf({ name: "a" }, { name: "a/b" }))).toMatch(/not a folder/);
});

test("setuid bits are dropped", async () => {
  const path = await unpacked(await zipOf({ name: "su", mode: 0o104755 }));
  expect((await lstat(join(path, "su"))).mode & 0o7777).toBe(0o555);
});

test("an archive that claims or holds too much is refused as too large", async () => {
  const zeros = Buffer.alloc(90_000_000);
  const bytes = await zipOf(
    { name: "1", content: zeros },
    { name: "2", content: zeros },
    { name: "3", content: zeros },
  );
  const error: unknown = await inspectZip(bytes).catch((e: unknown) => e);
  expect(error).toMatchObject({ kind: "tooLarge" });
});

test("an archive that lies about sizes or content is refused when it is unpacked", async () => {
  const honest = await zipOf({ name: "f", content: Buffer.alloc(100_000, "abc") });
  const central = honest.lastIndexOf("PK\u0001\u0002", undefined, "latin1");
  const small = Buffer.from(honest);
  small.writeUInt32LE(10, central + 24);
  await expect(unpacked(small)).rejects.toBeInstanceOf(InvalidZip);
  const wrongSum = Buffer.from(honest);
  wrongSum.writeUInt32LE(1, central + 16);
  await expect(unpacked(wrongSum)).rejects.toThrow(/checksum/);
  await refusal(Buffer.from("this is no zip at all"));
  await refusal(honest.subarray(0, honest.length - 30));
});

test("a blob that was damaged on disk is not unpacked", async () => {
  const { digest } = await store.put(await zipOf({ name: "rot" }));
  await writeFile(store.path(digest), await zipOf({ name: "other" }));
  await expect(store.unpack(digest, signal)).rejects.toThrow(/damaged/);
});

test("whatever bytes change, nothing crashes and nothing is written outside", { timeout: 60_000 }, async () => {
  const honest = await zipOf(
    { name: "dir/a.txt", content: "a".repeat(500) },
    { name: "dir/link", content: "a.txt", mode: 0o120777 },
    { name: "run.sh", content: "#!/bin/sh\n", mode: 0o100755 },
  );
  const edits = fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const bytes = Buffer.from(honest);
      for (const [at, value] of changes) bytes[at] = value;
      const error: unknown = await unpacked(bytes).catch((e: unknown) => e);
      if (error instanceof Error) expect(error).toBeInstanceOf(InvalidZip);
      expect((await readdir(folder)).sort()).toEqual(["blobs", "unpacked"]);
    }),
    { numRuns: 300 },
  );
  expect((await readdir(join(folder, "unpacked"))).filter((name) => name.startsWith(".new-"))).toEqual([]);
});

test("no other user of the host can enter the folders of archives and unpacked code, also those that an earlier version made", async () => {
  const data = await mkdtemp(join(tmpdir(), "hearth-code-"));
  onTestFinished(() => removeTree(data));
  for (const name of ["blobs", "unpacked"]) {
    await mkdir(join(data, name));
    await chmod(join(data, name), 0o755);
  }
  const other = new CodeStore(data, { random: systemRandom });
  const { digest } = await other.put(await zipOf({ name: "a.txt", content: "secret" }));
  const path = await other.unpack(digest, signal);
  const modes = await Promise.all(
    [join(data, "blobs"), join(data, "unpacked")].map(async (folder) => (await stat(folder)).mode & 0o777),
  );
  expect(modes).toEqual([0o700, 0o700]);
  expect((await stat(join(path, "a.txt"))).mode & 0o777, "sandboxes of other users read it").toBe(0o444);
});
