import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Random } from "@hearth/kit";

const DIGEST = /^[0-9a-f]{64}$/;
/** An image that was just resolved may be about to be used by a new function. */
const LATELY_MS = 3_600_000;
const LISTED_AT_ONCE = 500;

/**
 * Which images this installation keeps, as empty files: other installations may use the same engine, and their images must not be removed. The
 * file's modification time says when the image was last requested.
 */
export class KeptImages {
  readonly #folder: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Pick<Random, "fraction">;

  constructor(dataDir: string, clock: Pick<Clock, "now">, random: Pick<Random, "fraction">) {
    this.#folder = join(dataDir, "images");
    this.#clock = clock;
    this.#random = random;
  }

  async note(digest: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.#file(digest), "");
  }

  async forget(digest: string): Promise<void> {
    await rm(this.#file(digest), { force: true });
  }

  /** Whether the image was requested lately; false for one that is not kept. */
  async isRecent(digest: string): Promise<boolean> {
    const askedAt = await this.#askedAt(digest);
    return askedAt !== undefined && this.#clock.now() - askedAt <= LATELY_MS;
  }

  /** Images that were not requested lately. When there are many, a part of them that begins at random, because all listed ones may be in use. */
  async old(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(unlessGone);
    const digests = (names ?? []).filter((it) => DIGEST.test(it)).toSorted();
    const start = Math.floor(this.#random.fraction() * digests.length);
    const old: string[] = [];
    for (const digest of [...digests.slice(start), ...digests.slice(0, start)]) {
      const askedAt = await this.#askedAt(digest);
      if (askedAt !== undefined && this.#clock.now() - askedAt > LATELY_MS) old.push(digest);
      if (old.length === LISTED_AT_ONCE) break;
    }
    return old;
  }

  async #askedAt(digest: string): Promise<number | undefined> {
    return (await stat(this.#file(digest)).catch(unlessGone))?.mtimeMs;
  }

  #file(digest: string): string {
    if (!DIGEST.test(digest)) throw new Error("a digest is 64 lower-case hexadecimal digits");
    return join(this.#folder, digest);
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
