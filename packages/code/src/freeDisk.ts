import { statfs } from "node:fs/promises";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { DiskFullException } from "@hearth/model";

export interface FreeDiskDeps {
  /** A folder on the watched file system. */
  readonly directory: string;
  /** With less free space than this, writes that need more space are refused. 0 disables the check. */
  readonly minFreeBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Measures the free space. */
  readonly freeBytes?: (directory: string) => Promise<number>;
}

const CHECK_EVERY_MS = 2_000;

/**
 * Watches the file system of the data directory, so that writes that need more space are refused before it is full. What already exists keeps
 * working.
 */
export class FreeDisk implements AsyncDisposable {
  readonly #deps: FreeDiskDeps;
  readonly #loop: BackgroundLoop;
  #isShort = false;

  constructor(deps: FreeDiskDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("free disk space", CHECK_EVERY_MS, async () => void (await this.#measure()), deps);
  }

  /** True when the last measurement found less than the minimum free. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Throws DiskFullException when the last measurement found less than the minimum free. */
  check(): void {
    if (this.#isShort) throw new DiskFullException();
  }

  /** Measures now. Rejects with DiskFullException when a write of `bytes` would leave less than the minimum free. */
  async need(bytes: number): Promise<void> {
    const freeBytes = await this.#measure();
    if (freeBytes - bytes < this.#deps.minFreeBytes) throw new DiskFullException();
  }

  async #measure(): Promise<number> {
    const { directory, minFreeBytes, logger, freeBytes = freeBytesOf } = this.#deps;
    if (minFreeBytes === 0) return Infinity;
    const free = await freeBytes(directory);
    const isShort = free < minFreeBytes;
    if (isShort !== this.#isShort) {
      const figures = { directory, freeBytes: free, minFreeBytes };
      if (isShort)
        logger.error(figures, "little disk space is free: new code, events and logs are refused until there is more");
      else logger.info(figures, "enough disk space is free again");
    }
    this.#isShort = isShort;
    return free;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
