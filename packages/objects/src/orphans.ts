import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { S3FileStore } from "@hearth/store";
import type { ObjectFiles } from "./objectFiles.ts";

export interface OrphansDeps {
  readonly files: Pick<S3FileStore, "unknown">;
  readonly bytes: Pick<ObjectFiles, "olderThan" | "remove">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 30 * 60_000;
/** Younger files may belong to a request whose row is not committed yet. */
export const ORPHAN_AGE_MS = 60 * 60_000;

/** Removes files that belong to no object and no part: of requests that were interrupted, and of deletions that were. */
export class Orphans implements AsyncDisposable {
  readonly #deps: OrphansDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: OrphansDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("files without objects", EVERY_MS, async () => void (await this.collect()), deps);
  }

  /** Resolves with the number of files that were removed. */
  async collect(): Promise<number> {
    const { files, bytes, clock, logger } = this.#deps;
    let removed = 0;
    for await (const ids of bytes.olderThan(clock.now() - ORPHAN_AGE_MS)) {
      const orphans = await files.unknown(ids);
      await bytes.remove(orphans);
      removed += orphans.length;
    }
    if (removed > 0) logger.info({ files: removed }, "files that belonged to no object were removed");
    return removed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
