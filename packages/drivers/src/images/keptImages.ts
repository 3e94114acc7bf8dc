import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@hearth/kit";

const DIGEST = /^[0-9a-f]{64}$/;
/** Whoever has just found an image may be about to make a function of it. */
const LATELY_MS = 3_600_000;
const LISTED_AT_ONCE = 500;

/**
 * Which images this installation keeps, as empty files: an engine may have those of others too, who are not to lose theirs. A file's time says when
 * the image was last asked for.
 */
export class KeptImages {
  readonly #folder: string;
  readonly #clock: Pick<Clock, "now">;

  constructor(dataDir: string, clock: Pick<Clock, "now">) {
    this.#folder = join(dataDir, "images");
    this.#clock = clock;
  }

  async note(digest: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.#file(digest), "");
  }

  async forget(digest: string): Promise<void> {
    await rm(this.#file(digest), { force: true });
  }

  /** Those that nobody has asked for lately, a part of them when there are many. */
  async old(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const old: string[] = [];
    for (const name of names.filter((it) => DIGEST.test(it))) {
      const { mtimeMs } = await stat(this.#file(name));
      if (this.#clock.now() - mtimeMs > LATELY_MS) old.push(name);
      if (old.length === LISTED_AT_ONCE) break;
    }
    return old;
  }

  #file(digest: string): string {
    if (!DIGEST.test(digest)) throw new Error("a digest is 64 lower-case hexadecimal digits");
    return join(this.#folder, digest);
  }
}
