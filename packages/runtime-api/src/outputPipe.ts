import { execFile } from "node:child_process";
import { constants, open, readSync } from "node:fs";
import { Socket } from "node:net";
import { promisify } from "node:util";
import type { Clock } from "@hearth/kit";
import { LineSplitter } from "./lineSplitter.ts";

const run = promisify(execFile);
const openFile = promisify(open);

/** The longest event of CloudWatch Logs. */
export const MAX_LINE_BYTES = 256 * 1024;
/** How much one sandbox may write in a window before it has to wait: a flood must not keep the event loop from serving the others. */
const WINDOW_MS = 100;
const MAX_WINDOW_BYTES = 2 * 1024 * 1024;
const READ_BYTES = 64 * 1024;

/** A sandbox's stdout and stderr, read from its FIFO line by line. Memory is bounded; a writer that floods is made to wait. */
export class OutputPipe implements Disposable {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  readonly #onLines: (lines: readonly string[]) => void;
  readonly #clock: Clock;
  #windowEndsAt = 0;
  #windowBytes = 0;
  #resume: Disposable | undefined;

  private constructor(fd: number, onLines: (lines: readonly string[]) => void, clock: Clock) {
    this.#fd = fd;
    this.#onLines = onLines;
    this.#clock = clock;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    // Reading a FIFO that this process also holds open does not fail. If it did, output would be lost and the sandbox would go on.
    this.#socket.on("error", () => this.#socket.destroy());
  }

  /** Makes a FIFO at `path` that any user may write to, and reads it until disposed. */
  static async create(path: string, onLines: (lines: readonly string[]) => void, clock: Clock): Promise<OutputPipe> {
    await run("mkfifo", ["-m", "0622", path]);
    // Open for writing as well: then no writer has to wait for a reader, and the FIFO does not end when its last writer does.
    const fd = await openFile(path, constants.O_RDWR | constants.O_NONBLOCK);
    return new OutputPipe(fd, onLines, clock);
  }

  /**
   * Passes on what was written so far, including an unfinished line. To be called one turn of the event loop after the writer is known
   * to have written: by then the content of the pipe has been read, unless the writer was being slowed down.
   */
  flush(): void {
    if (this.#resume) this.#readRest();
    const partial = this.#splitter.flush();
    if (partial !== undefined) this.#onLines([partial]);
  }

  [Symbol.dispose](): void {
    this.#resume?.[Symbol.dispose]();
    this.#resume = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const lines = this.#splitter.push(chunk);
    if (lines.length > 0) this.#onLines(lines);
    const now = this.#clock.monotonicMs();
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS;
      this.#windowBytes = 0;
    }
    this.#windowBytes += chunk.length;
    if (this.#windowBytes < MAX_WINDOW_BYTES || this.#resume) return;
    this.#socket.pause();
    this.#resume = this.#clock.after(this.#windowEndsAt - now, () => {
      this.#resume = undefined;
      this.#socket.resume();
    });
  }

  /** Reads what is still in the pipe because its writer was being slowed down: at most what a pipe can hold. */
  #readRest(): void {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let round = 0; round < 16; round++) {
      const length = readAvailable(this.#fd, buffer);
      if (length === 0) return;
      const lines = this.#splitter.push(Buffer.from(buffer.subarray(0, length)));
      if (lines.length > 0) this.#onLines(lines);
    }
  }
}

function readAvailable(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}
