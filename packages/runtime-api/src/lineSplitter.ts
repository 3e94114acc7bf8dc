const NEWLINE = 0x0a;
const RETURN = 0x0d;
const MAX_PIECES = 64;

/**
 * Cuts bytes into lines. A line longer than `maxBytes` is cut at that length. NUL stands for a newline inside a line: the runtimes send an
 * event of several lines that way, and no log can hold a NUL.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #partial: Buffer[] = [];
  #partialBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    this.split(chunk, 0, Infinity, lines);
    return lines;
  }

  /** Appends to `lines` what `chunk` completes from `start` on, at most about `maxLines`. Returns where to go on in `chunk`. */
  split(chunk: Buffer, start: number, maxLines: number, lines: string[]): number {
    let at = start;
    while (lines.length < maxLines) {
      const end = chunk.indexOf(NEWLINE, at);
      if (end < 0) {
        if (at < chunk.length) this.#add(chunk.subarray(at), lines);
        return chunk.length;
      }
      this.#add(chunk.subarray(at, end), lines);
      lines.push(this.#take());
      at = end + 1;
    }
    return at;
  }

  /** Ends the unfinished line and returns it, if there is one. */
  flush(): string | undefined {
    return this.#partialBytes > 0 ? this.#take() : undefined;
  }

  #add(bytes: Buffer, lines: string[]): void {
    let rest = bytes;
    while (this.#partialBytes + rest.length > this.#maxBytes) {
      const room = this.#maxBytes - this.#partialBytes;
      this.#partial.push(rest.subarray(0, room));
      this.#partialBytes += room;
      lines.push(this.#take());
      rest = rest.subarray(room);
    }
    this.#partial.push(rest);
    this.#partialBytes += rest.length;
    // Many small pieces would take far more memory than their bytes.
    if (this.#partial.length > MAX_PIECES) this.#partial = [Buffer.concat(this.#partial, this.#partialBytes)];
  }

  #take(): string {
    let bytes = this.#partial.length === 1 ? this.#partial[0] : Buffer.concat(this.#partial, this.#partialBytes);
    this.#partial = [];
    this.#partialBytes = 0;
    if (!bytes) return "";
    if (bytes[bytes.length - 1] === RETURN) bytes = bytes.subarray(0, -1);
    const text = bytes.toString("utf8");
    return text.includes("\0") ? text.replaceAll("\0", "\n") : text;
  }
}
