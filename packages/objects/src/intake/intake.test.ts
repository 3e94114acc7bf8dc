import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { SystemClock, systemRandom } from "@hearth/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHECKSUM_ALGORITHMS, newHasher } from "../checksums/checksum.ts";
import { ObjectFiles } from "../objectFiles.ts";
import { type Expected, Intake, type Received } from "./intake.ts";

const KB = 1024;
const clock = new SystemClock();
let folder: string;
let files: ObjectFiles;
let intake: Intake;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-intake-"));
  files = new ObjectFiles(folder, { random: systemRandom, clock });
  intake = new Intake(files, clock);
});
afterAll(async () => {
  await intake[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed + (i >> 8)) & 255;
  return bytes;
}

/** The bytes in pieces that have their memory for themselves. */
async function* piecesOf(bytes: Buffer, size: number, error?: Error): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(new Uint8Array(bytes.subarray(at, at + size)));
  }
  if (error) throw error;
}

async function fileOf({ files }: Received): Promise<Buffer> {
  const id = files[0]?.[0] ?? "";
  return await readFile(join(folder, "objects", id.slice(0, 2), id));
}

async function names(): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const UNLIMITED = { maxBytes: Infinity };

test.for([1, 64 * KB, 64 * KB + 1, 256 * KB, 1024 * KB, 1024 * KB + 1, 2048 * KB, 2_500_000])(
  "a body of %d bytes is on disk as it came, with its digests",
  async (length) => {
    const bytes = bytesOf(length);
    for (const { size, expected } of [
      { size: 65_536, expected: { ...UNLIMITED, ownsPieces: true, length } },
      { size: 65_536, expected: UNLIMITED },
      { size: 1_700_000, expected: { ...UNLIMITED, length } },
      { size: 10_007, expected: { ...UNLIMITED, ownsPieces: true, length: 1 } }, // the sender lies
    ] satisfies { size: number; expected: Expected }[]) {
      const received = await intake.receive(piecesOf(bytes, size), {
        ...expected,
        checksum: { algorithm: "CRC32", value: () => undefined },
      });
      expect(received.size).toBe(length);
      expect(received.md5).toBe(createHash("md5").update(bytes).digest("hex"));
      const crc = Buffer.alloc(4);
      crc.writeUInt32BE(crc32(bytes));
      expect(received.checksum).toEqual({ algorithm: "CRC32", type: "FULL_OBJECT", value: crc.toString("base64") });
      expect((await fileOf(received)).equals(bytes)).toBe(true);
    }
  },
);

test("an empty body has a digest and no file", async () => {
  const received = await intake.receive(piecesOf(Buffer.alloc(0), 1), UNLIMITED);
  expect(received).toEqual({ files: [], size: 0, md5: "d41d8cd98f00b204e9800998ecf8427e", checksum: undefined });
});

test("bodies that arrive at the same time do not mix, whatever becomes of those beside them", async () => {
  const jobs = Array.from({ length: 12 }, async (_, n) => {
    const bytes = bytesOf(100_000 + n * 150_000, n);
    const breaks = n % 3 === 0;
    const source = piecesOf(bytes, 50_000, breaks ? new Error("gone") : undefined);
    const algorithm = CHECKSUM_ALGORITHMS[n % CHECKSUM_ALGORITHMS.length] ?? "CRC32";
    const checksum = { algorithm, value: () => undefined };
    const receiving = intake.receive(source, { ...UNLIMITED, length: bytes.length, ownsPieces: true, checksum });
    if (breaks) return await expect(receiving).rejects.toThrow("gone");
    const received = await receiving;
    const hasher = newHasher(algorithm);
    hasher.update(bytes);
    expect(received.checksum?.value).toBe(hasher.digest().toString("base64"));
    expect((await fileOf(received)).equals(bytes)).toBe(true);
  });
  await Promise.all(jobs);
});

test("nothing stays of a body that is longer than it may be, or not what its sender says", async () => {
  const before = await names();
  const bytes = bytesOf(1_200_000);
  const wrong = Buffer.alloc(16).toString("base64");
  const refused: readonly [Expected, string][] = [
    [{ maxBytes: 1_100_000 }, "EntityTooLarge"],
    [{ ...UNLIMITED, md5: wrong }, "BadDigest"],
    [{ ...UNLIMITED, checksum: { algorithm: "CRC64NVME", value: () => wrong } }, "BadDigest"],
  ];
  for (const [expected, code] of refused) {
    await expect(intake.receive(piecesOf(bytes, 65_536), expected)).rejects.toMatchObject({ code });
    await expect(intake.receive(piecesOf(bytes.subarray(0, 10), 5), { ...expected, maxBytes: 9 })).rejects.toThrow();
  }
  expect(await names()).toEqual(before);
});
