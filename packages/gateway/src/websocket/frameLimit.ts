import type { Duplex } from "node:stream";

/** The longest header of a frame: two bytes, a length of eight, and a mask of four. */
const LONGEST_HEADER = 14;

/** Calls `onTooLong`, once, when a frame begins on the connection whose payload is longer than `maxBytes`: before any of its bytes are read as a message. */
export function limitFrames(socket: Duplex, maxBytes: number, onTooLong: () => void): void {
  const frames = new Frames();
  const onData = (chunk: Buffer): void => {
    if (!frames.hasLonger(chunk, maxBytes)) return;
    socket.off("data", onData);
    onTooLong();
  };
  socket.prependListener("data", onData);
}

/** Where the frames of a connection begin and how long they are. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
class Frames {
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerBytes = 0;
  /** Of the payload of the frame that is being read. */
  #bytesLeft = 0;

  /** Whether the header of a frame with a longer payload ends in this part of what is read. */
  hasLonger(chunk: Buffer, maxBytes: number): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#bytesLeft > 0) {
        const skipped = Math.min(this.#bytesLeft, chunk.length - at);
        this.#bytesLeft -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] as number;
      const length = this.#length();
      if (length === undefined) continue;
      this.#headerBytes = 0;
      this.#bytesLeft = length;
      if (length > maxBytes) return true;
    }
    return false;
  }

  /** The length of the payload, once the header is whole. */
  #length(): number | undefined {
    if (this.#headerBytes < 2) return undefined;
    const second = this.#header.readUInt8(1);
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const mask = second >= 0x80 ? 4 : 0;
    if (this.#headerBytes < 2 + extended + mask) return undefined;
    if (extended === 0) return short;
    return extended === 2 ? this.#header.readUInt16BE(2) : Number(this.#header.readBigUInt64BE(2));
  }
}
