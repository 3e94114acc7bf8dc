import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InvalidZip } from "./invalidZip.ts";
import { removeTree } from "./removeTree.ts";
import { type RawEnd, type RawEntry, rawZip } from "./testing/rawZip.ts";
import { unpackZip } from "./unpack.ts";
import { inspectZip } from "./zipMembers.ts";

const LINK = 0o120777;
let folder: string;
let made = 0;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "hearth-zips-"))));
afterAll(async () => await removeTree(folder));

/** Unpacks into a folder of its own within `folder`, and resolves with that. */
async function unpacked(bytes: Uint8Array): Promise<string> {
  const target = join(folder, `tree-${++made}`);
  const archive = join(folder, "archive.zip");
  await writeFile(archive, bytes);
  await mkdir(target);
  await unpackZip(archive, target);
  return target;
}

/** What the archive is refused with, first as an upload, then when it is unpacked nevertheless. */
async function refusals(bytes: Uint8Array): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const attempt of [inspectZip, unpacked]) {
    const error: unknown = await attempt(bytes).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) messages.push("");
    else {
      expect(error).toBeInstanceOf(InvalidZip);
      messages.push((error as InvalidZip).message);
    }
  }
  return messages;
}

async function contentOf(bytes: Uint8Array, path: string): Promise<string> {
  return await readFile(join(await unpacked(bytes), path), "utf8");
}

test("an honest archive is unpacked: stored, deflated, zip64, with or without a mode", async () => {
  const zip64 = { uncompressed: 4n, compressed: 4n, offset: 0n };
  expect(await contentOf(rawZip([{ name: "a", content: "four", stored: true, zip64 }], { zip64: {} }), "a")).toBe(
    "four",
  );
  expect(await contentOf(rawZip([{ name: "d/a", content: "text" }]), "d/a")).toBe("text");
});

test("names in UTF-8 are read as such whether the archive says so or not, others as code page 437", async () => {
  const name = Buffer.from("grüße/日本.txt");
  expect(await contentOf(rawZip([{ name, content: "1" }]), "grüße/日本.txt")).toBe("1");
  expect(await contentOf(rawZip([{ name, content: "2", flags: 0, mode: 0o100644 }]), "grüße/日本.txt")).toBe("2");
  expect(await contentOf(rawZip([{ name: Buffer.from("gr\x81", "latin1"), content: "3", flags: 0 }]), "grü")).toBe("3");
});

test("names that differ by case are two; of two files with one name the last counts", async () => {
  const tree = await unpacked(
    rawZip([{ name: "A" }, { name: "a" }, { name: "./b/c", content: "1" }, { name: "b//c", content: "2" }]),
  );
  expect((await readdir(tree)).toSorted()).toEqual(["A", "a", "b"]);
  expect(await readFile(join(tree, "b/c"), "utf8")).toBe("2");
});

test.each<[string, string | Uint8Array]>([
  ["climbs out", "../evil"],
  ["climbs out on the way", "a/../../evil"],
  ["climbs out with backslashes", "..\\evil"],
  ["is absolute", "/etc/evil"],
  ["is absolute with a backslash", "\\evil"],
  ["has a drive letter", "C:evil"],
  ["is said to be UTF-8 and is not", Buffer.from([0x61, 0xff, 0xfe])],
  ["has a NUL", "evil\0.py"],
  ["is longer than a file system takes", "x".repeat(256)],
  ["is deeper than a path can be", "a/".repeat(2000)],
])("a name that %s is refused", async (_what, name) => {
  expect(await refusals(rawZip([{ name, content: "x" }]))).not.toContain("");
  expect(await readdir(folder)).not.toContain("evil");
});

test("a climbing name in UTF-8 without saying so is refused too", async () => {
  expect(await refusals(rawZip([{ name: Buffer.from("ü/../../evil"), flags: 0 }]))).not.toContain("");
});

test.each<[string, RawEntry[]]>([
  ["a file in a file", [{ name: "a" }, { name: "a/b" }]],
  ["a file in a file, the other way round", [{ name: "a/b" }, { name: "a" }]],
  ["a folder and a file of one name", [{ name: "a/" }, { name: "a" }]],
  ["a link and a file of one name", [{ name: "a", content: "b", mode: LINK }, { name: "a" }]],
  ["a file behind a link", [{ name: "d", content: ".", mode: LINK }, { name: "d/x" }]],
  ["a link to an absolute place", [{ name: "l", content: "/etc", mode: LINK }]],
  [
    "a chain of links out",
    [
      { name: "a/b/up", content: "../..", mode: LINK },
      { name: "out", content: "a/b/up/../etc", mode: LINK },
    ],
  ],
  [
    "links that lead to each other",
    [
      { name: "a", content: "b", mode: LINK },
      { name: "b", content: "a", mode: LINK },
    ],
  ],
  ["a link that is megabytes", [{ name: "l", content: "a".repeat(2_000_000), mode: LINK }]],
  ["a device", [{ name: "zero", mode: 0o020666 }]],
  ["a block device", [{ name: "sda", mode: 0o060666 }]],
  ["a FIFO", [{ name: "fifo", mode: 0o010666 }]],
  ["a socket", [{ name: "socket", mode: 0o140666 }]],
  ["an encrypted file", [{ name: "a", content: "x", flags: 0x801 }]],
  ["a strongly encrypted file", [{ name: "a", content: "x", flags: 0x841 }]],
  ["an unknown compression", [{ name: "a", content: "x", method: 12 }]],
  ["a stored file whose sizes differ", [{ name: "a", content: "x", stored: true, uncompressedSize: 9 }]],
])("%s is refused", async (_what, entries) => {
  expect(await refusals(rawZip(entries))).not.toContain("");
});

const FAR = 0xffff_ffff_ffff_fff0n;
test.each<[string, RawEntry, RawEnd]>([
  ["a zip64 end record beyond the end", { name: "a" }, { zip64: { recordOffset: FAR } }],
  ["a zip64 directory beyond the end", { name: "a" }, { zip64: { directoryOffset: FAR } }],
  ["2^64 entries", { name: "a" }, { zip64: { entryCount: FAR } }],
  ["more entries than there are", { name: "a" }, { entryCount: 7 }],
  ["a directory beyond the end", { name: "a" }, { directoryOffset: 0xffff_fff0 }],
  ["a directory that is the file itself", { name: "a" }, { directoryOffset: 0 }],
  ["an entry beyond the end", { name: "a", zip64: { uncompressed: 0n, compressed: 2n, offset: FAR } }, {}],
  ["an entry that ends beyond the end", { name: "a", content: "x", zip64: { uncompressed: 1n, compressed: FAR } }, {}],
  ["a size of 2^64", { name: "a", content: "x", zip64: { uncompressed: FAR, compressed: 3n } }, {}],
  ["a size that is too small", { name: "a", content: "x".repeat(1000), uncompressedSize: 10 }, {}],
  ["a size that is too large", { name: "a", content: "x".repeat(1000), uncompressedSize: 3_000_000 }, {}],
  ["a checksum of other content", { name: "a", content: "x", crc: 1 }, {}],
  ["bytes after its end", { name: "a" }, { appended: Buffer.from("PK\u0005\u0006 and more") }],
  ["bytes before its beginning", { name: "a" }, { prepended: Buffer.from("#!/bin/sh\n") }],
])("an archive that lies about itself, %s, is refused at the latest when it is unpacked", async (_what, entry, end) => {
  expect((await refusals(rawZip([entry], end)))[1]).not.toBe("");
});

test("what the directory says counts, whatever the local header says", async () => {
  const bytes = rawZip([
    { name: "honest", content: "text", localName: "../../evil", localUncompressedSize: 0xffff_fff0 },
  ]);
  const tree = await unpacked(bytes);
  expect(await readdir(tree)).toEqual(["honest"]);
});

/** Archives that cost little to send and much to whoever is careless. Each is made and unpacked in a process with 256 MB of heap. */
test.each([
  ["files that overlap, 250 MB of zeros in 7 KB", "overlapping"],
  ["files that inflate to more than they claim", "inflating"],
  ["3 million extra fields", "extraFields"],
  ["millions of folders", "folders"],
  ["links that lead through links, at length", "links"],
  ["70,000 entries", "entries"],
])("memory and time stay bounded with %s", { timeout: 120_000 }, async (_what, attack) => {
  const script = join(import.meta.dirname, "testing", "zipAttack.ts");
  const limits = ["--max-old-space-size=256", script, attack, join(folder, attack)];
  const { stdout } = await promisify(execFile)(process.execPath, limits);
  const { outcome, rssMb, stalledMs } = JSON.parse(stdout) as { outcome: string; rssMb: number; stalledMs: number };
  expect(outcome).toMatch(/^(unpacked|InvalidZip: .*)$/);
  expect(rssMb).toBeLessThan(600);
  expect(stalledMs).toBeLessThan(2_000);
});

/** Entries that get into each other's way: few names, all kinds. */
const entry: fc.Arbitrary<RawEntry> = fc.record(
  {
    name: fc
      .array(fc.constantFrom("a", "b", "..", ".", "", "é", "x".repeat(300)), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("/")),
    content: fc.constantFrom("", "a", "..", "../..", "a/../b", "/", "../../../etc/passwd", "x".repeat(3000)),
    stored: fc.boolean(),
    mode: fc.constantFrom(0o100644, 0o100755, LINK, 0o040755, 0o010644, 0o104755, 0),
    flags: fc.constantFrom(0, 0x800, 0x808, 1),
    method: fc.constantFrom(0, 8, 8, 9),
    uncompressedSize: fc.oneof(fc.nat(5000), fc.constant(0xffff_fffe)),
    compressedSize: fc.nat(5000),
    offset: fc.nat(300),
    extra: fc.uint8Array({ maxLength: 40 }),
    withoutData: fc.boolean(),
  },
  { requiredKeys: ["name", "content"] },
);
const end: fc.Arbitrary<RawEnd> = fc.record(
  {
    entryCount: fc.nat(5),
    directoryOffset: fc.nat(400),
    zip64: fc.record(
      { entryCount: fc.bigInt(0n, 5n), directoryOffset: fc.bigInt(0n, (1n << 64n) - 1n) },
      { requiredKeys: [] },
    ),
    appended: fc.uint8Array({ maxLength: 30 }),
  },
  { requiredKeys: [] },
);

test(
  "whatever an archive is made of, it is unpacked or refused, and nothing is written outside",
  { timeout: 60_000 },
  async () => {
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 4 }),
        fc.option(end, { freq: 4, nil: {} }),
        async (entries, about) => {
          const [inspected, outcome] = await refusals(rawZip(entries, about));
          if (outcome === "") whole++;
          // What is refused as an upload never comes to be unpacked.
          if (inspected !== "") expect(outcome).not.toBe("");
          const names = await readdir(folder);
          expect(names.filter((name) => !/^(tree-\d+|archive\.zip|[a-zA-Z]+(\.zip)?)$/.test(name))).toEqual([]);
        },
      ),
      { numRuns: 250 },
    );
    expect(whole).toBeGreaterThan(5);
  },
);
