import { type FileHandle, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "@hearth/kit";
import type { S3File } from "@hearth/store";
import { slowDown } from "./errors.ts";
import type { SyncedFolders } from "./syncedFolders.ts";

/** A file that is being written. Disposing removes it, unless it was kept. */
export class ObjectDraft implements AsyncDisposable {
  readonly #id: string;
  readonly #path: string;
  readonly #create: () => Promise<FileHandle>;
  readonly #folders: SyncedFolders;
  #file: FileHandle | undefined;
  #bytes = 0;
  #isKept = false;

  /** `create` opens the file `path`, which must not exist. */
  constructor(id: string, path: string, create: () => Promise<FileHandle>, folders: SyncedFolders) {
    this.#id = id;
    this.#path = path;
    this.#create = create;
    this.#folders = folders;
  }

  /** Adds pieces at the end, which must not change until this resolves. One call at a time. */
  async write(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      this.#file ??= await this.#create();
      for (let rest = pieces; rest.length > 0;) {
        const [only] = rest;
        const { bytesWritten } =
          rest.length === 1 && only ? await this.#file.write(only) : await this.#file.writev(rest as Uint8Array[]);
        this.#bytes += bytesWritten;
        rest = without(rest, bytesWritten);
      }
    } catch (error) {
      throw shortOfSpace(error);
    }
  }

  /** When this resolves, the bytes and the file's name survive a power cut. */
  async sync(): Promise<void> {
    if (!this.#file) return;
    try {
      await Promise.all([this.#file.datasync(), this.#folders.sync(dirname(this.#path))]);
    } catch (error) {
      throw shortOfSpace(error);
    }
  }

  /** The file stays. No file for no bytes. */
  keep(): readonly S3File[] {
    if (!this.#file) return [];
    this.#isKept = true;
    return [[this.#id, this.#bytes]];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
    if (this.#file && !this.#isKept) await removeFile(this.#path);
  }
}

/** The disk is full, or what this user may have of it. */
const NO_SPACE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

function shortOfSpace(error: unknown): unknown {
  return NO_SPACE.has(errorCode(error) ?? "")
    ? slowDown("The host has too little free disk space for objects.")
    : error;
}

/** The pieces after their first `bytes` bytes. */
function without(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let written = bytes;
  for (const [index, piece] of pieces.entries()) {
    if (written < piece.length) return [piece.subarray(written), ...pieces.slice(index + 1)];
    written -= piece.length;
  }
  return [];
}

/** Does nothing where there is no such file. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
}
