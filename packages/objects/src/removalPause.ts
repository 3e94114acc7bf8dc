import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BackgroundLoop, type Clock, errorCode, type Logger, type Random } from "@hearth/kit";

const FOLDER = "paused";
const REFRESH_MS = 30_000;
/** A back-up that was killed no longer refreshes its file. */
const STALE_MS = 5 * 60_000;

export interface RemovalPauseDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * While a back-up is made, no process removes files of objects: those of objects that are deleted after the moment of the back-up are still read. A file below
 * the folder of objects says so. Whoever removes asks after its transaction has committed, so what it removes was gone before a pause began; what it
 * leaves is collected later, as files without rows are.
 */
export class RemovalPause implements AsyncDisposable {
  readonly #path: string;
  readonly #loop: BackgroundLoop;

  private constructor(path: string, deps: RemovalPauseDeps) {
    this.#path = path;
    const refresh = async (): Promise<void> => {
      const now = new Date(deps.clock.now());
      await utimes(path, now, now);
    };
    this.#loop = new BackgroundLoop("pause of removals", REFRESH_MS, refresh, deps);
  }

  /** `folder` is that of the objects. To be called before the transaction of the back-up begins; lasts until it is disposed. */
  static async begin(folder: string, deps: RemovalPauseDeps): Promise<RemovalPause> {
    const own = join(folder, FOLDER);
    // Root may make a back-up of a Hearth that runs as another user, who has to see it. The folder above is closed to everyone else.
    if ((await mkdir(own, { recursive: true, mode: 0o700 })) !== undefined) await chmod(own, 0o755);
    const path = join(own, deps.random.hex(8));
    await writeFile(path, "", { mode: 0o600 });
    return new RemovalPause(path, deps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await rm(this.#path, { force: true });
  }
}

/** What root has left is removed by root. */
function unlessForbidden(error: unknown): void {
  if (!["EACCES", "EPERM"].includes(errorCode(error) ?? "")) throw error;
}

/** Whether a back-up is being made. `nowMs` is the time of the file system's host. */
export async function removalsArePaused(folder: string, nowMs: number): Promise<boolean> {
  const names = await readdir(join(folder, FOLDER)).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  for (const name of names) {
    const found = await stat(join(folder, FOLDER, name)).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    });
    if (found && nowMs - found.mtimeMs < STALE_MS) return true;
    if (found) await rm(join(folder, FOLDER, name), { force: true }).catch(unlessForbidden);
  }
  return false;
}
