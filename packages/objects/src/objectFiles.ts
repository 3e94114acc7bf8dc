import { createReadStream, open as openWithCallback } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { type Clock, errorCode, makePrivateFolder, type Random } from "@hearth/kit";
import type { S3File } from "@hearth/store";
import { ObjectDraft, removeFile } from "./objectDraft.ts";
import { ObjectReader, type Slice } from "./objectReader.ts";
import { removalsArePaused } from "./removalPause.ts";
import { SyncedFolders } from "./syncedFolders.ts";

const DRAFT = ".new-";
const ID_BYTES = 16;
/** Larger pieces are not quicker to read, and each takes memory of its own. */
const READ_BYTES = 128 * 1024;

const openDescriptor = promisify(openWithCallback);

/**
 * The bytes of objects, in files that are written once: `objects/<first two characters of the id>/<id>` in the data directory. Their names say nothing about the
 * keys, so no key can lead anywhere else.
 */
export class ObjectFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #folders = new SyncedFolders();
  readonly #random: Random;

  readonly #clock: Clock;

  /** `dataDir` is HEARTH_DATA. */
  constructor(dataDir: string, { random, clock }: { readonly random: Random; readonly clock: Clock }) {
    this.#folder = join(dataDir, "objects");
    this.#random = random;
    this.#clock = clock;
  }

  /** A new file. */
  draft(): ObjectDraft {
    const id = this.#random.hex(ID_BYTES);
    return new ObjectDraft(id, this.#path(id), () => this.#create(id), this.#folders);
  }

  /** The same bytes under new ids, without copying them where the file system can. */
  async copy(files: readonly S3File[]): Promise<readonly S3File[]> {
    const copies: S3File[] = [];
    for (const [from, bytes] of files) {
      const id = this.#random.hex(ID_BYTES);
      const path = this.#path(id);
      await this.#makeFolder(id);
      try {
        await link(this.#path(from), path);
      } catch (error) {
        if (!CANNOT_LINK.has(errorCode(error) ?? "")) throw error;
        const draft = await this.#draft();
        await copyFile(this.#path(from), draft);
        const file = await open(draft, "r+");
        await file.datasync();
        await file.close();
        await rename(draft, path);
      }
      await this.#folders.sync(join(this.#folder, id.slice(0, 2)));
      copies.push([id, bytes]);
    }
    return copies;
  }

  /** The bytes from `start` to `end` (inclusive) of the files one after the other. Rejects with ENOENT when a file was removed meanwhile. */
  async read(files: readonly S3File[], start: number, end: number): Promise<Readable> {
    const slices = this.#slices(files, start, end);
    const [first] = slices;
    if (!first) return Readable.from([]);
    if (slices.length === 1) {
      // A stream of a descriptor is quicker than one of a FileHandle.
      const fd = await openDescriptor(first.path, "r");
      return createReadStream("", { fd, start: first.start, end: first.end, highWaterMark: READ_BYTES });
    }
    await stat(first.path);
    return Readable.from(readAll(slices), { objectMode: false, highWaterMark: READ_BYTES });
  }

  /** As `read`, into memory of the caller. */
  async open(files: readonly S3File[], start: number, end: number): Promise<ObjectReader> {
    return await ObjectReader.open(this.#slices(files, start, end));
  }

  /** To be called when no row names these files any more. While a back-up is made they stay, and are collected later. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || (await removalsArePaused(this.#folder, this.#clock.now()))) return;
    for (const id of ids) await removeFile(this.#path(id));
  }

  /** The ids of the files that are older than `beforeMs`, folder by folder. Removes drafts of that age. */
  async *olderThan(beforeMs: number): AsyncGenerator<readonly string[]> {
    for (const folder of await namesIn(this.#folder)) {
      const old: string[] = [];
      for (const name of await namesIn(join(this.#folder, folder))) {
        const path = join(this.#folder, folder, name);
        const changedMs = await changeTime(path);
        if (changedMs === undefined || changedMs >= beforeMs) continue;
        if (name.startsWith(DRAFT)) await removeFile(path);
        else old.push(name);
      }
      if (old.length > 0) yield old;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folders[Symbol.asyncDispose]();
  }

  #path(id: string): string {
    return join(this.#folder, id.slice(0, 2), id);
  }

  #slices(files: readonly S3File[], start: number, end: number): Slice[] {
    const slices: Slice[] = [];
    let offset = 0;
    for (const [id, bytes] of files) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, bytes - 1);
      if (from <= to) slices.push({ path: this.#path(id), start: from, end: to });
      offset += bytes;
    }
    return slices;
  }

  async #draft(): Promise<string> {
    const folder = join(this.#folder, "drafts");
    makePrivateFolder(this.#folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return join(folder, `${DRAFT}${this.#random.hex(8)}`);
  }

  async #makeFolder(id: string): Promise<void> {
    const folder = join(this.#folder, id.slice(0, 2));
    if ((await mkdir(folder, { recursive: true, mode: 0o700 })) === undefined) return;
    this.#folders.forget(folder);
    await this.#folders.sync(this.#folder);
  }

  /** Under its own name from the start: what a crash leaves has no row, and is collected. */
  async #create(id: string): Promise<FileHandle> {
    try {
      return await open(this.#path(id), "wx", 0o600);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      makePrivateFolder(this.#folder);
      await this.#makeFolder(id);
      return await open(this.#path(id), "wx", 0o600);
    }
  }
}

/** The file system knows no further name for this file. */
const CANNOT_LINK: ReadonlySet<string> = new Set(["EMLINK", "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV"]);

async function* readAll(slices: readonly Slice[]): AsyncGenerator<Buffer> {
  for (const { path, start, end } of slices) {
    yield* createReadStream(path, { start, end, highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>;
  }
}

/** When the file got its present name or content. */
async function changeTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ctimeMs;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return [];
    throw error;
  });
}
