import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, openSync, rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip, type Gzip } from "node:zlib";
import { StartError } from "../../startError.ts";

const MAGIC = "HEARTH-BACKUP-1\n";
const END = "end";
const MAX_HEADER_BYTES = 10_000;
const MAX_FRAME_BYTES = 1024 * 1024 * 1024;

/** One named piece of a back-up. */
export interface Frame {
  readonly name: string;
  readonly body: Buffer;
}

interface Header {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a back-up: gzip of a magic line and of frames, each a line of JSON (`name`, `bytes`, `sha256`) and its body, the last one with the checksum of
 * everything before it. The file gets its name only when it is complete and on disk; only its owner can read it.
 */
export class BackupWriter implements AsyncDisposable {
  readonly #path: string;
  readonly #draft: string;
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;
  readonly #hash = createHash("sha256");
  #frames = 0;

  constructor(path: string) {
    this.#path = path;
    this.#draft = `${path}.partial`;
    this.#gzip = createGzip({ level: 4 });
    this.#written = pipeline(this.#gzip, createWriteStream(this.#draft, { fd: openDraft(path, this.#draft) }));
    this.#written.catch(() => undefined); // `finish` and `add` reject with the error
    this.#gzip.write(MAGIC);
  }

  async add(name: string, body: Buffer): Promise<void> {
    const header: Header = { name, bytes: body.length, sha256: sha256(body) };
    const line = Buffer.from(`${JSON.stringify(header)}\n`);
    this.#hash.update(line);
    this.#frames++;
    await this.#write(line);
    await this.#write(body);
  }

  async finish(): Promise<void> {
    await this.add(END, Buffer.from(JSON.stringify({ frames: this.#frames, sha256: this.#hash.copy().digest("hex") })));
    this.#gzip.end();
    await this.#written;
    const file = await open(this.#draft, "r+");
    await file.sync();
    await file.close();
    await rename(this.#draft, this.#path);
    const folder = await open(dirname(this.#path), "r");
    await folder.sync();
    await folder.close();
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#gzip.write(bytes)) return;
    await Promise.race([once(this.#gzip, "drain"), this.#written]);
  }

  /** Removes an unfinished file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#gzip.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.#draft, { force: true });
  }
}

function openDraft(path: string, draft: string): number {
  try {
    rmSync(draft, { force: true }); // the rest of a killed back-up
    return openSync(draft, "wx", 0o600);
  } catch (error) {
    throw new StartError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

/** The frames of a back-up, checked one by one. Rejects with a StartError when one was changed, or the file is cut short. */
export async function* readBackup(path: string): AsyncGenerator<Frame> {
  const reader = new ByteReader(path);
  try {
    if ((await reader.line()) !== MAGIC.trimEnd()) throw new StartError(`${path} is not a back-up of Hearth`);
    const all = createHash("sha256");
    for (let frames = 0; ; frames++) {
      const line = await reader.line();
      const header = JSON.parse(line) as Header;
      if (header.bytes > MAX_FRAME_BYTES) throw new StartError(`${path} has a piece that is too large`);
      const before = all.copy().digest("hex");
      all.update(`${line}\n`);
      const body = await reader.bytes(header.bytes);
      if (sha256(body) !== header.sha256) throw new StartError(`${path} is damaged: ${header.name} was changed`);
      if (header.name !== END) {
        yield { name: header.name, body };
        continue;
      }
      const end = JSON.parse(body.toString()) as { frames: number; sha256: string };
      if (end.frames !== frames || end.sha256 !== before)
        throw new StartError(`${path} is damaged: pieces are missing`);
      return;
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `${path} cannot be read as a back-up: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    reader.close();
  }
}

class ByteReader {
  readonly #source: ReturnType<typeof createReadStream>;
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#source = createReadStream(path);
    const gunzip = createGunzip();
    this.#source.on("error", (error) => gunzip.destroy(error));
    this.#chunks = this.#source.pipe(gunzip)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async line(): Promise<string> {
    let end = this.#left.indexOf("\n");
    while (end < 0) {
      if (this.#left.length > MAX_HEADER_BYTES) throw new Error("a line is too long");
      this.#left = Buffer.concat([this.#left, await this.#next()]);
      end = this.#left.indexOf("\n");
    }
    const line = this.#left.subarray(0, end).toString();
    this.#left = this.#left.subarray(end + 1);
    return line;
  }

  async bytes(count: number): Promise<Buffer> {
    const parts = [this.#left];
    let have = this.#left.length;
    while (have < count) {
      const chunk = await this.#next();
      parts.push(chunk);
      have += chunk.length;
    }
    const all = Buffer.concat(parts);
    this.#left = all.subarray(count);
    return all.subarray(0, count);
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error("it is cut short");
    return value;
  }

  close(): void {
    this.#source.destroy();
  }
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
