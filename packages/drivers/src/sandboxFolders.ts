import { chmod, chown, lchown, lstat, mkdir, readdir, rm, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";

/** Absolute paths of one sandbox's folder, `<data>/s/<sandboxId>/`. */
export interface SandboxFolders {
  readonly base: string;
  /** Owned by the invoker: the socket and the FIFO. */
  readonly run: string;
  /** A path to `run` that is short enough for a Unix socket in it. */
  readonly shortRun: string;
  readonly task: string;
  readonly opt: string;
  /** Used by the process driver only. */
  readonly tmp: string;
}

export interface FolderOwner {
  readonly uid: number;
  readonly gid: number;
}

const SANDBOX_ID = /^[0-9a-f]{16}$/;

/**
 * The folders of all sandboxes of one data directory. Only this process's user can enter them on the host, and the invoker's group can pass through;
 * what lies in them can be used by any user, because each sandbox has mounts that begin below. Never follows a symbolic link, and `run` is never walked:
 * its owner may change it at any time.
 */
export class SandboxFolderStore {
  readonly #root: string;
  readonly #shortRoot: string;
  readonly #invoker: FolderOwner | undefined;
  #isClosed = false;

  /** `shortDataDir` is a short path to `dataDir`. `invoker` owns each `run` folder; this process's own user when absent. */
  constructor(dataDir: string, shortDataDir: string, invoker: FolderOwner | undefined) {
    this.#root = join(dataDir, "s");
    this.#shortRoot = join(shortDataDir, "s");
    this.#invoker = invoker;
  }

  pathsOf(sandboxId: string): SandboxFolders {
    if (!SANDBOX_ID.test(sandboxId)) throw new Error("a sandbox id is 16 lower-case hexadecimal digits");
    const base = join(this.#root, sandboxId);
    const below = (name: string): string => join(base, name);
    const shortRun = join(this.#shortRoot, sandboxId, "run");
    return { base, run: below("run"), shortRun, task: below("task"), opt: below("opt"), tmp: below("tmp") };
  }

  /** Rejects when the sandbox has a folder already. */
  async create(sandboxId: string): Promise<SandboxFolders> {
    const folders = this.pathsOf(sandboxId);
    await this.#closeRoot();
    await mkdir(folders.base, { mode: 0o755 });
    for (const folder of [folders.run, folders.task, folders.opt, folders.tmp]) await mkdir(folder, { mode: 0o755 });
    if (this.#invoker) await lchown(folders.run, this.#invoker.uid, this.#invoker.gid);
    return folders;
  }

  async #closeRoot(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    await assertRealFolder(this.#root);
    if (this.#isClosed) return;
    // Mode first: the folder may be one that an earlier version made for everyone.
    await chmod(this.#root, 0o700);
    if (this.#invoker) {
      await chown(this.#root, process.getuid?.() ?? 0, this.#invoker.gid);
      await chmod(this.#root, 0o710);
    }
    this.#isClosed = true;
  }

  /** Idempotent. */
  async remove(sandboxId: string): Promise<void> {
    const folders = this.pathsOf(sandboxId);
    await removeRunFolder(folders.run);
    await rm(folders.base, { recursive: true, force: true, maxRetries: 2 });
  }

  /** Every sandbox that has a folder. */
  async list(): Promise<readonly string[]> {
    const names = await readdir(this.#root).catch(nothingThere);
    return names.filter((name) => SANDBOX_ID.test(name));
  }
}

/** Only unlinks what lies directly in it: another user owns the folder and could replace a folder in it by a link at any time. */
async function removeRunFolder(run: string): Promise<void> {
  const names = await readdir(run).catch(nothingThere);
  if (process.getuid?.() === 0 && names.length > 0) {
    await lchown(run, 0, 0);
    await chmod(run, 0o700);
  }
  for (const name of names) {
    const path = join(run, name);
    const isFolder = (await lstat(path)).isDirectory();
    await (isFolder ? rmdir(path) : unlink(path));
  }
}

export async function assertRealFolder(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error(`${path} must be a folder and not a link`);
}

function nothingThere(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
