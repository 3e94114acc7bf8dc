import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { RandomAccessReader } from "yauzl";

const CHUNK_BYTES = 65_536;

/** An archive on disk, read by yauzl at any offset. Reading beyond the end is an error, not a crash. Keeps the file open until it is closed. */
export class FileSlices extends RandomAccessReader {
  readonly file: FileHandle;
  readonly sizeBytes: number;

  private constructor(file: FileHandle, sizeBytes: number) {
    super();
    this.file = file;
    this.sizeBytes = sizeBytes;
  }

  static async open(path: string): Promise<FileSlices> {
    const file = await open(path, "r");
    return new FileSlices(file, (await file.stat()).size);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#readAt(buffer.subarray(offset, offset + length), position).then(() => callback(null), callback);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#chunks(start, end), { objectMode: false });
  }

  override close(callback: (error: Error | null) => void): void {
    this.file.close().then(() => callback(null), callback);
  }

  async *#chunks(start: number, end: number): AsyncIterable<Buffer> {
    for (let at = start; at < end; at += CHUNK_BYTES) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
      await this.#readAt(chunk, at);
      yield chunk;
    }
  }

  async #readAt(buffer: Buffer, position: number): Promise<void> {
    if (position < 0 || position + buffer.length > this.sizeBytes) throw new Error("the archive is cut off");
    let read = 0;
    while (read < buffer.length) {
      const { bytesRead } = await this.file.read(buffer, read, buffer.length - read, position + read);
      if (bytesRead === 0) throw new Error("the archive is cut off");
      read += bytesRead;
    }
  }
}
