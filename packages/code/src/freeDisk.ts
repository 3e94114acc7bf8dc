import { statfs } from "node:fs/promises";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { DiskFullException } from "@hearth/model";

export interface FreeDiskDeps {
  /** A folder on the file system that is watched. */
  readonly directory: string;
  /** Below this, writes that grow are refused. 0: never. */
  readonly minFreeBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Measures what is free. */
  readonly freeBytes?: (directory: string) => Promise<number>;
}

const CHECK_EVERY_MS = 2_000;

/** Watches the file system of the data directory, so that writes that grow can be refused before it is full. What exists goes on working. */
export class FreeDisk implements AsyncDisposable {
  readonly #deps: FreeDiskDeps;
  readonly #loop: BackgroundLoop;
  #isShort = false;

  constructor(deps: FreeDiskDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("free disk space", CHECK_EVERY_MS, async () => void (await this.#measure()), deps);
  }

  /** Whether less than the minimum was free a moment ago. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Throws DiskFullException when less than the minimum was free a moment ago. */
  check(): void {
    if (this.#isShort) throw new DiskFullException();
  }

  /** Measures now. Rejects with DiskFullException when less than the minimum would be free after a write of `bytes`. */
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
