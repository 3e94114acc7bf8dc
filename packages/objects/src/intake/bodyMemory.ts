/** For bodies that are longer than `Intake` holds as they come. */
const SMALL_BYTES = 256 * 1024;
const LARGE_BYTES = 1024 * 1024;
/** So much is kept for the next bodies. */
const MAX_IDLE_BYTES = 12 * LARGE_BYTES;

/** A block of memory that threads share. */
export type Block = Uint8Array<SharedArrayBuffer>;

/** Memory in which bodies are collected and digested. Blocks are used again, so a body leaves nothing to the garbage collector. */
export class BodyMemory {
  readonly #idle = new Map<number, Block[]>([
    [SMALL_BYTES, []],
    [LARGE_BYTES, []],
  ]);
  #idleBytes = 0;

  /** For a part of a body of `bytes`, if its length is known. */
  take(bytes = LARGE_BYTES): Block {
    const size = bytes <= SMALL_BYTES ? SMALL_BYTES : LARGE_BYTES;
    const block = this.#idle.get(size)?.pop();
    if (!block) return new Uint8Array(new SharedArrayBuffer(size));
    this.#idleBytes -= size;
    return block;
  }

  /** Only for a block that neither a file nor a thread reads any more. */
  giveBack(block: Block): void {
    if (this.#idleBytes + block.length > MAX_IDLE_BYTES) return;
    this.#idleBytes += block.length;
    this.#idle.get(block.length)?.push(block);
  }

  /** Gives the blocks that are not in use to the system. */
  release(): void {
    for (const blocks of this.#idle.values()) blocks.length = 0;
    this.#idleBytes = 0;
  }
}
