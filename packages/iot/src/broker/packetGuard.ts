/**
 * Follows a stream of MQTT packets and says when one is longer than allowed, before its content has arrived: parsers keep a packet until it is
 * complete.
 */
export class PacketGuard {
  readonly #maxBytes: number;
  #part: "header" | "length" | "content" = "header";
  #length = 0;
  #shift = 0;
  #left = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False when the stream is no MQTT, or has a packet that is too long. */
  accepts(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#part === "header") {
        if ((chunk[at] ?? 0) >> 4 === 0) return false; // no type of MQTT 3.1.1 is 0
        at++;
        this.#part = "length";
        this.#length = 0;
        this.#shift = 0;
      } else if (this.#part === "length") {
        const byte = chunk[at++] ?? 0;
        this.#length += (byte & 0x7f) * 2 ** this.#shift;
        this.#shift += 7;
        if (this.#length > this.#maxBytes || this.#shift > 28) return false;
        if (byte < 0x80) {
          this.#left = this.#length;
          this.#part = this.#left === 0 ? "header" : "content";
        }
      } else {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#part = "header";
      }
    }
    return true;
  }
}
