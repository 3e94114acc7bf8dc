import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Random } from "@hearth/kit";

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

  /** Whether somebody has asked for it lately; not for one that is not kept. */
  async isRecent(digest: string): Promise<boolean> {
    const askedAt = await this.#askedAt(digest);
    return askedAt !== undefined && this.#clock.now() - askedAt <= LATELY_MS;
  }

  /** Those that nobody has asked for lately; when there are many, a part of them, another each time: all may be in use. */
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
