import { createHash } from "node:crypto";
import { createReadStream, existsSync, type ReadStream, type Stats } from "node:fs";
import { mkdir, open, readdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, invariant, makePrivateFolder, type Random } from "@hearth/kit";
import type { FreeDisk } from "./freeDisk.ts";
import { removeTree } from "./removeTree.ts";
import { syncFolder } from "./syncFolder.ts";
import { unpackZip } from "./unpack.ts";
import { InvalidZip } from "./invalidZip.ts";
import { openZip, readMembers } from "./zipMembers.ts";

export interface CodeStoreDeps {
  readonly random: Random;
  /** Refuses archives when there is too little disk space. */
  readonly disk?: Pick<FreeDisk, "need">;
}

export interface StoredBlob {
  /** SHA-256, lower-case hexadecimal. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** An archive or an unpacked copy on this host. */
export interface StoredCode {
  readonly name: string;
  readonly digest: string | undefined;
  readonly usedAtMs: number;
  readonly sizeBytes: number;
}

const DRAFT = ".new-";
/** The name of a file or folder during its removal; it contains the original name. */
const SET_ASIDE = /^\.old-[0-9a-f]+-(.+)$/;

/**
 * Code archives, each written once under its SHA-256, and one unpacked, read-only copy of each per host. Only this process's user can enter the two
 * folders. The unpacked files themselves are readable by all users, because sandboxes of other users get hard links to them.
 */
export class CodeStore {
  readonly #blobs: string;
  readonly #unpacked: string;
  readonly #random: Random;
  readonly #disk: Pick<FreeDisk, "need"> | undefined;
  readonly #unpacking = new Map<string, Promise<string>>();

  /** `dataDir` is HEARTH_DATA; it contains `blobs/` and `unpacked/`. */
  constructor(dataDir: string, deps: CodeStoreDeps) {
    this.#blobs = join(dataDir, "blobs");
    this.#unpacked = join(dataDir, "unpacked");
    this.#random = deps.random;
    this.#disk = deps.disk;
  }

  /**
   * Stores an archive. When this resolves, the whole archive is on disk, and a power cut does not lose it. Rejects with DiskFullException, before it writes, when the disk is almost
   * full.
   */
  async put(bytes: Uint8Array): Promise<StoredBlob> {
    const digest = createHash("sha256").update(bytes).digest("hex");
    const stored = { digest, sizeBytes: bytes.byteLength };
    const path = this.path(digest);
    if ((await isFresh(path)) && (await found(path))?.size === bytes.byteLength) {
      // Another call may have renamed it just now, and not yet synced the folder.
      await syncFolder(this.#blobs);
      return stored;
    }
    await this.#disk?.need(bytes.byteLength);
    makePrivateFolder(this.#blobs);
    const draft = join(this.#blobs, `${DRAFT}${this.#random.hex(8)}`);
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await syncFolder(this.#blobs);
    return stored;
  }

  path(digest: string): string {
    return join(this.#blobs, `${checked(digest)}.zip`);
  }

  has(digest: string): boolean {
    return existsSync(this.path(digest));
  }

  /** Streams an archive. Rejects when it does not exist. */
  async openRead(digest: string): Promise<{ readonly stream: ReadStream; readonly sizeBytes: number }> {
    const { size } = await stat(this.path(digest));
    return { stream: createReadStream(this.path(digest)), sizeBytes: size };
  }

  /** The sum of the unpacked sizes that a stored archive states for its members. Rejects with `InvalidZip`. */
  async unpackedBytes(digest: string): Promise<number> {
    const { zip } = await openZip(this.path(digest));
    try {
      return (await readMembers(zip)).unpackedBytes;
    } finally {
      zip.close();
    }
  }

  /** Where the unpacked copy is, or will be. */
  unpackedPath(digest: string): string {
    return join(this.#unpacked, checked(digest));
  }

  isUnpacked(digest: string): boolean {
    return existsSync(this.unpackedPath(digest));
  }

  /**
   * Unpacks an archive unless it is already unpacked. Concurrent calls for the same archive share the work, which continues when one of them is
   * aborted. Resolves with the folder, which appears complete or not at all, also after a power cut. Rejects with `InvalidZip`.
   */
  async unpack(digest: string, signal: AbortSignal): Promise<string> {
    const path = this.unpackedPath(digest);
    if (await isFresh(path)) return path;
    let running = this.#unpacking.get(digest);
    if (!running) {
      running = this.#unpack(digest, path).finally(() => this.#unpacking.delete(digest));
      this.#unpacking.set(digest, running);
    }
    return await unlessAborted(running, signal);
  }

  /**
   * Removes the unfinished files of interrupted processes. Call it before any process of this host unpacks; pass `blobs` only when no other process
   * stores archives.
   */
  async removeLeftovers({ blobs }: { readonly blobs: boolean }): Promise<void> {
    makePrivateFolder(this.#unpacked);
    for (const folder of blobs ? [this.#blobs, this.#unpacked] : [this.#unpacked]) {
      for (const name of await namesIn(folder)) if (name.startsWith(DRAFT)) await removeTree(join(folder, name));
    }
  }

  /** Lists what this host has, with the time of last storage or use. Drafts of unfinished uploads have no digest. */
  async list(kind: "blobs" | "unpacked"): Promise<readonly StoredCode[]> {
    const folder = kind === "blobs" ? this.#blobs : this.#unpacked;
    const listed = await Promise.all(
      (await namesIn(folder)).map(async (name) => {
        const stats = await found(join(folder, name));
        const digest = /^([0-9a-f]{64})(\.zip)?$/.exec(name)?.[1];
        return stats && { name, digest, usedAtMs: stats.mtimeMs, sizeBytes: kind === "blobs" ? stats.size : 0 };
      }),
    );
    return listed.filter((one) => one !== undefined);
  }

  /**
   * Removes an item of `list`, unless it was stored or used after `beforeMs`; resolves with true when it was removed. A process that stores or
   * unpacks the same item at the same time finds it complete or not at all. When a process is killed during a removal, `restore` puts the item
   * back.
   */
  async remove(kind: "blobs" | "unpacked", { name }: StoredCode, beforeMs: number): Promise<boolean> {
    const folder = kind === "blobs" ? this.#blobs : this.#unpacked;
    const path = join(folder, name);
    const aside = join(folder, `.old-${this.#random.hex(8)}-${name}`);
    const old = await found(path);
    if (!old || old.mtimeMs >= beforeMs) return false;
    try {
      await rename(path, aside);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return false;
      throw error;
    }
    // Another process may have used the item between the check and the rename, and expects it under its name.
    if ((await stat(aside)).mtimeMs >= beforeMs && (await putBack(aside, path))) return false;
    await removeTree(aside);
    return true;
  }

  /** Puts back the items whose removal was interrupted because the process was killed. Call it only while no other process removes. */
  async restore(kind: "blobs" | "unpacked"): Promise<void> {
    const folder = kind === "blobs" ? this.#blobs : this.#unpacked;
    for (const name of await namesIn(folder)) {
      const [aside, was] = SET_ASIDE.exec(name) ?? [];
      if (aside === undefined || was === undefined) continue;
      if (!(await putBack(join(folder, aside), join(folder, was)))) await removeTree(join(folder, aside));
    }
  }

  async #unpack(digest: string, path: string): Promise<string> {
    await this.#verify(digest);
    makePrivateFolder(this.#unpacked);
    const draft = join(this.#unpacked, `${DRAFT}${this.#random.hex(8)}`);
    await mkdir(draft, { mode: 0o755 });
    try {
      await unpackZip(this.path(digest), draft);
      await rename(draft, path);
      await syncFolder(this.#unpacked);
    } catch (error) {
      await removeTree(draft);
      // Another process of this host has unpacked it first.
      const code = errorCode(error);
      if ((code === "ENOTEMPTY" || code === "EEXIST") && existsSync(path)) return path;
      throw error;
    }
    return path;
  }

  /** Checks the SHA-256, so that a blob that was damaged on disk is never run. */
  async #verify(digest: string): Promise<void> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(this.path(digest))) hash.update(chunk as Buffer);
    if (hash.digest("hex") !== digest) throw new InvalidZip(`the stored archive ${digest} is damaged`);
  }
}

/** True when the file exists; also updates its time of use, so that it is collected last. */
async function isFresh(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    if (errorCode(error) === "EROFS" || errorCode(error) === "EPERM") return existsSync(path); // another user's file: not ours to collect
    throw error;
  }
}

async function found(path: string): Promise<Stats | undefined> {
  return await stat(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
}

/** False when a new one exists at `path`. */
async function putBack(aside: string, path: string): Promise<boolean> {
  if (existsSync(path)) return false;
  try {
    await rename(aside, path);
  } catch (error) {
    if (errorCode(error) === "ENOTEMPTY" || errorCode(error) === "EEXIST") return false;
    throw error;
  }
  return true;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
}

function checked(digest: string): string {
  invariant(/^[0-9a-f]{64}$/.test(digest), `not a digest: ${digest}`);
  return digest;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
