import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { backoffMs, type Clock, type Random } from "@hearth/kit";

// About half a minute in all, so that a short network failure does not fail an image.
const ATTEMPTS = 7;
const BACKOFF = { baseMs: 1000, maxMs: 10_000 };

export class NotFound extends Error {}
class WrongContent extends Error {}

export interface DownloadDeps {
  /** Files named by their SHA-256. */
  readonly cacheDir: string;
  /** Unfinished files are written into it; on the file system of `cacheDir`. */
  readonly workDir: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Fetches files over HTTP, each once: a file whose SHA-256 is known is kept and checked. */
export class Downloads {
  readonly #deps: DownloadDeps;

  constructor(deps: DownloadDeps) {
    this.#deps = deps;
    mkdirSync(deps.cacheDir, { recursive: true });
  }

  /** Resolves to the path of the file with that content, from the first of `urls` that has it. */
  async file(urls: readonly string[], sha256: string, signal: AbortSignal): Promise<string> {
    const path = join(this.#deps.cacheDir, sha256);
    if (existsSync(path)) return path;
    await this.#firstOf(urls, signal, async (response) => {
      const partial = join(this.#deps.workDir, `${sha256}.${this.#deps.random.hex(4)}`);
      try {
        const found = await writeAndHash(response, partial);
        if (found !== sha256) throw new WrongContent(`${response.url} has SHA-256 ${found} and not ${sha256}`);
        renameSync(partial, path);
      } finally {
        rmSync(partial, { force: true });
      }
    });
    return path;
  }

  /** For small documents whose content is not known beforehand. */
  text(urls: readonly string[], signal: AbortSignal): Promise<string> {
    return this.#firstOf(urls, signal, (response) => response.text());
  }

  async #firstOf<T>(urls: readonly string[], signal: AbortSignal, use: (response: Response) => Promise<T>): Promise<T> {
    const failures: Error[] = [];
    for (const url of urls) {
      try {
        return await this.#retried(url, signal, use);
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error as Error);
      }
    }
    if (failures.every((failure) => failure instanceof NotFound)) throw new NotFound(messagesOf(failures));
    throw new AggregateError(failures, messagesOf(failures));
  }

  async #retried<T>(url: string, signal: AbortSignal, use: (response: Response) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(url, { signal });
        if (response.status === 404) throw new NotFound(`${url} does not exist`);
        if (!response.ok) throw new Error(`${url} answered ${response.status}`);
        return await use(response);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof NotFound || error instanceof WrongContent) throw error;
        if (attempt >= ATTEMPTS) throw new Error(`downloading ${url} failed: ${describe(error)}`, { cause: error });
        await this.#deps.clock.sleep(backoffMs(attempt, BACKOFF, this.#deps.random), signal);
      }
    }
  }
}

async function writeAndHash(response: Response, path: string): Promise<string> {
  if (!response.body) throw new Error(`${response.url} has no content`);
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), hashing, createWriteStream(path));
  return hash.digest("hex");
}

function messagesOf(failures: readonly Error[]): string {
  return failures.map(({ message }) => message).join("; ") || "nowhere to download from";
}

/** fetch hides why it failed in `cause`. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
