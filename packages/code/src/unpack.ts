import { chmod, type FileHandle, mkdir, open, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { Semaphore } from "@hearth/kit";
import type { Entry, ZipFile } from "yauzl";
import { InvalidZip, malformed } from "./invalidZip.ts";
import { syncFolder } from "./syncFolder.ts";
import type { ZipMember } from "./zipMember.ts";
import { openZip, readMembers, UNPACKED_BYTES_LIMIT } from "./zipMembers.ts";

const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

/** Entries up to this size are read and inflated in one step; larger ones are streamed. */
const AT_ONCE_BYTES = 1024 * 1024;
const PARALLEL_FILES = 8;

/** Counts the bytes actually written, because the sizes that an archive states are not trusted. */
interface Budget {
  leftBytes: number;
}

/**
 * Unpacks the archive at `zipPath` into the empty folder `target`: files 0444 or 0555, folders 0555, links only within the tree. When it resolves,
 * all files, links and folders are on disk, and a power cut does not lose them. Rejects with `InvalidZip`; `target` then contains a part of the archive. Never writes outside of `target`.
 */
export async function unpackZip(zipPath: string, target: string): Promise<void> {
  const { zip, slices } = await openZip(zipPath);
  try {
    const { members, folders } = await readMembers(zip);
    for (const folder of folders) await mkdir(join(target, folder), { mode: 0o755 });
    const budget: Budget = { leftBytes: UNPACKED_BYTES_LIMIT };
    await unpackFiles(zip, slices.file, members, target, budget);
    // Links last, so that no file is ever written through a link.
    for (const member of members) {
      if (member.kind === "link") await symlink(member.target, join(target, member.path));
    }
    for (const folder of ["", ...folders].toReversed()) {
      await chmod(join(target, folder), 0o555);
      await syncFolder(join(target, folder));
    }
  } finally {
    zip.close();
  }
}

async function unpackFiles(
  zip: ZipFile,
  file: FileHandle,
  members: readonly ZipMember[],
  target: string,
  budget: Budget,
): Promise<void> {
  const slots = new Semaphore(PARALLEL_FILES);
  const failed = new AbortController();
  const running: Promise<void>[] = [];
  const stop = failed.signal;
  for (const member of members) {
    if (member.kind !== "file") continue;
    if (stop.aborted) break;
    const slot = await slots.acquire();
    running.push(
      unpackFile(zip, file, member.entry, join(target, member.path), member.executable, budget, stop)
        .catch((error: unknown) => failed.abort(error))
        .finally(() => slot[Symbol.dispose]()),
    );
  }
  await Promise.all(running);
  stop.throwIfAborted();
}

async function unpackFile(
  zip: ZipFile,
  file: FileHandle,
  entry: Entry,
  path: string,
  executable: boolean,
  budget: Budget,
  stop: AbortSignal,
): Promise<void> {
  stop.throwIfAborted();
  const output = await open(path, "wx", 0o600);
  try {
    const checksum =
      entry.uncompressedSize <= AT_ONCE_BYTES && entry.compressedSize <= AT_ONCE_BYTES
        ? await writeAtOnce(zip, file, entry, output, budget)
        : await writeStreamed(zip, entry, output, budget, stop);
    if (checksum !== entry.crc32) throw new InvalidZip(`wrong checksum: ${entry.fileName}`);
    await output.chmod(executable ? 0o555 : 0o444);
    await output.datasync();
  } finally {
    await output.close();
  }
}

type Output = Awaited<ReturnType<typeof open>>;

async function writeAtOnce(
  zip: ZipFile,
  file: FileHandle,
  entry: Entry,
  output: Output,
  budget: Budget,
): Promise<number> {
  const bytes = await readEntry(zip, file, entry).catch((error: unknown) => {
    throw malformed(error);
  });
  spend(budget, bytes.length);
  await output.writeFile(bytes);
  return crc32(bytes);
}

async function readEntry(zip: ZipFile, file: FileHandle, entry: Entry): Promise<Buffer> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const raw = Buffer.allocUnsafe(entry.compressedSize);
  const { bytesRead } = await file.read(raw, 0, raw.length, fileDataStart);
  if (bytesRead !== raw.length) throw new InvalidZip(`cut off: ${entry.fileName}`);
  const bytes =
    entry.compressionMethod === 0 ? raw : await inflate(raw, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
  if (bytes.length !== entry.uncompressedSize) throw new InvalidZip(`not the size it claims: ${entry.fileName}`);
  return bytes;
}

async function writeStreamed(
  zip: ZipFile,
  entry: Entry,
  output: Output,
  budget: Budget,
  stop: AbortSignal,
): Promise<number> {
  let checksum = 0;
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      checksum = crc32(chunk, checksum);
      try {
        spend(budget, chunk.length);
      } catch (error) {
        done(error as Error);
        return;
      }
      output.writeFile(chunk).then(() => done(), done);
    },
  });
  try {
    await pipeline(await zip.openReadStreamPromise(entry), sink, { signal: stop });
  } catch (error) {
    stop.throwIfAborted();
    throw isSystemError(error) ? error : malformed(error);
  }
  return checksum;
}

function spend(budget: Budget, bytes: number): void {
  budget.leftBytes -= bytes;
  if (budget.leftBytes < 0)
    throw new InvalidZip(`unpacked it is larger than ${UNPACKED_BYTES_LIMIT} bytes`, "tooLarge");
}

/** A full or broken disk is not an error of the archive. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
