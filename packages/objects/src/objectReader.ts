import { close as closeFile, open as openFile, read as readFile } from "node:fs";
import type { PieceSource } from "@hearth/wire";

/** A part of a file. */
export interface Slice {
  readonly path: string;
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** Reads parts of files one after the other. */
export class ObjectReader implements PieceSource {
  readonly #slices: readonly Slice[];
  #index = 0;
  /** In the present file. */
  #at: number;
  /** Of the present file. */
  #file: number | undefined;

  private constructor(slices: readonly Slice[], file: number | undefined) {
    this.#slices = slices;
    this.#at = slices[0]?.start ?? 0;
    this.#file = file;
  }

  /** Rejects with ENOENT when the first file was removed. */
  static async open(slices: readonly Slice[]): Promise<ObjectReader> {
    const [first] = slices;
    return new ObjectReader(slices, first && (await open(first.path)));
  }

  /** Rejects when a file was removed, or is shorter than it should be. */
  async readInto(memory: Uint8Array): Promise<number> {
    const slice = this.#slices[this.#index];
    if (!slice) return 0;
    const file = (this.#file ??= await open(slice.path));
    const length = Math.min(memory.length, slice.end + 1 - this.#at);
    const bytes = await read(file, memory, length, this.#at);
    if (bytes === 0) throw new Error(`${slice.path} ends at ${this.#at}, before ${slice.end}`);
    this.#at += bytes;
    if (this.#at > slice.end) {
      this.#index++;
      this.#at = this.#slices[this.#index]?.start ?? 0;
      this.#close();
    }
    return bytes;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    this.#index = this.#slices.length;
    return Promise.resolve();
  }

  /** Nothing waits for it: what was read is read, whatever comes of closing. */
  #close(): void {
    if (this.#file === undefined) return;
    closeFile(this.#file, () => undefined);
    this.#file = undefined;
  }
}

// Descriptors and callbacks: each call of a FileHandle costs about twice as much.

function open(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openFile(path, "r", (error, file) => (error ? reject(error) : resolve(file)));
  });
}

function read(file: number, memory: Uint8Array, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    readFile(file, memory, 0, length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}
