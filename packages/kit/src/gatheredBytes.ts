/** A piece of this size or more is kept as it came. */
const LARGE_BYTES = 4096;
const MAX_BLOCK_BYTES = 65_536;

/**
 * The bytes of a body that comes in pieces. Small pieces are copied together: each object that holds a piece takes hundreds of bytes, so a body in pieces of one
 * byte would take hundreds of times its size.
 */
export class GatheredBytes {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  /** The last piece, where it is a block with room for more. */
  #block: Buffer | undefined;
  #used = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const isFirst = this.#length === 0;
    this.#length += piece.length;
    // Most bodies come in one piece, which needs no copy.
    if (isFirst || piece.length >= LARGE_BYTES) {
      this.#endBlock();
      this.#pieces.push(piece);
      return;
    }
    if (this.#block && this.#block.length - this.#used < piece.length) this.#endBlock();
    if (!this.#block) {
      this.#block = Buffer.allocUnsafe(Math.min(Math.max(this.#length, LARGE_BYTES), MAX_BLOCK_BYTES));
      this.#pieces.push(this.#block);
    }
    this.#block.set(piece, this.#used);
    this.#used += piece.length;
  }

  /** All bytes in one buffer; a single piece is not copied. */
  whole(): Buffer {
    this.#endBlock();
    const [first] = this.#pieces;
    if (this.#pieces.length > 1) return Buffer.concat(this.#pieces, this.#length);
    if (!first || Buffer.isBuffer(first)) return first ?? Buffer.alloc(0);
    return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  }

  #endBlock(): void {
    if (!this.#block) return;
    this.#pieces[this.#pieces.length - 1] = this.#block.subarray(0, this.#used);
    this.#block = undefined;
    this.#used = 0;
  }
}
