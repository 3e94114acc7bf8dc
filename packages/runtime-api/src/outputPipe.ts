import { execFile } from "node:child_process";
import { constants, open, readSync } from "node:fs";
import { Socket } from "node:net";
import { promisify } from "node:util";
import type { Clock } from "@hearth/kit";
import { LineSplitter } from "./lineSplitter.ts";
import type { OutputBudget } from "./outputBudget.ts";

const run = promisify(execFile);
const openFile = promisify(open);

/** The longest event of CloudWatch Logs. */
export const MAX_LINE_BYTES = 256 * 1024;
/** How much one sandbox may write in a window before it has to wait: a flood must not keep the event loop from serving the others. */
const WINDOW_MS = 100;
const MAX_WINDOW_BYTES = 2 * 1024 * 1024;
const MAX_WINDOW_LINES = 5_000;
/** What is passed on at a time, before another sandbox has its turn. */
const MAX_TURN_LINES = 250;
const READ_BYTES = 64 * 1024;
/** How long the last output of a sandbox that has ended is read for. */
const DRAIN_MS = 1_000;
const DRAIN_POLL_MS = 10;

/**
 * A sandbox's stdout and stderr, read from its FIFO line by line. Memory is bounded; a writer that floods is made to wait, by bytes and by lines,
 * and shares what all sandboxes together may write (OutputBudget).
 */
export class OutputPipe implements Disposable {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  readonly #onLines: (lines: readonly string[]) => void;
  readonly #clock: Clock;
  readonly #budget: OutputBudget;
  readonly #onTurn = (): void => this.#readOn();
  #windowEndsAt = -Infinity;
  #windowBytes = 0;
  #windowLines = 0;
  /** What has been read from the FIFO and not been passed on yet; the socket is paused meanwhile. */
  #chunk: Buffer | undefined;
  #position = 0;
  #nextWindow: Disposable | undefined;
  #isDisposed = false;

  private constructor(fd: number, onLines: (lines: readonly string[]) => void, clock: Clock, budget: OutputBudget) {
    this.#fd = fd;
    this.#onLines = onLines;
    this.#clock = clock;
    this.#budget = budget;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    // Reading a FIFO that this process also holds open does not fail. If it did, output would be lost and the sandbox would go on.
    this.#socket.on("error", () => this.#socket.destroy());
  }

  /** Makes a FIFO at `path` that any user may write to, and reads it until disposed. */
  static async create(
    path: string,
    onLines: (lines: readonly string[]) => void,
    clock: Clock,
    budget: OutputBudget,
  ): Promise<OutputPipe> {
    await run("mkfifo", ["-m", "0622", path]);
    // Open for writing as well: then no writer has to wait for a reader, and the FIFO does not end when its last writer does.
    const fd = await openFile(path, constants.O_RDWR | constants.O_NONBLOCK);
    return new OutputPipe(fd, onLines, clock, budget);
  }

  /**
   * Passes on what was written so far, including an unfinished line. To be called one turn of the event loop after the writer is known
   * to have written: by then the content of the pipe has been read. What exceeds the limits comes later: a sandbox that has written little
   * is not held up by the floods of others, and one that floods gains nothing by answering often.
   */
  flush(): void {
    while (this.#chunk && this.#hasRoom() && this.#windowLines < MAX_TURN_LINES) this.#passOn(this.#chunk);
    if (this.#chunk) return;
    const partial = this.#splitter.flush();
    if (partial !== undefined) this.#pass([partial], 0);
  }

  /** Reads what is left of a writer that has ended. Resolves when nothing is left, or after a second. */
  async drain(): Promise<void> {
    const endsAt = this.#clock.monotonicMs() + DRAIN_MS;
    while (!this.#isDisposed && this.#clock.monotonicMs() < endsAt) {
      if (this.#chunk) await this.#clock.sleep(DRAIN_POLL_MS);
      else if (!this.#readRest()) break;
    }
    if (!this.#isDisposed) this.flush();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#nextWindow?.[Symbol.dispose]();
    this.#nextWindow = undefined;
    this.#budget.leave(this.#onTurn);
    this.#chunk = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunk = this.#chunk ? Buffer.concat([this.#chunk.subarray(this.#position), chunk]) : chunk;
    this.#position = 0;
    this.#readOn();
  }

  /** Passes on what has been read, as far as the limits allow, then goes on reading: at once, or when they allow more. */
  #readOn(): void {
    while (this.#chunk) {
      if (!this.#hasRoom()) {
        this.#socket.pause();
        this.#nextWindow ??= this.#clock.after(Math.max(1, this.#windowEndsAt - this.#clock.monotonicMs()), () => {
          this.#nextWindow = undefined;
          this.#readOn();
        });
        return;
      }
      if (!this.#budget.mayRead(this.#onTurn)) {
        this.#socket.pause();
        return;
      }
      this.#passOn(this.#chunk);
    }
    if (!this.#isDisposed && this.#socket.isPaused()) this.#socket.resume();
  }

  #passOn(chunk: Buffer): void {
    const from = this.#position;
    const lines: string[] = [];
    this.#position = this.#splitter.split(chunk, from, MAX_TURN_LINES, lines);
    const bytes = this.#position - from;
    if (this.#position === chunk.length) this.#chunk = undefined;
    this.#pass(lines, bytes);
  }

  #pass(lines: readonly string[], bytes: number): void {
    this.#windowLines += lines.length;
    this.#windowBytes += bytes;
    this.#budget.used(lines.length, bytes);
    if (lines.length > 0) this.#onLines(lines);
  }

  #hasRoom(): boolean {
    const now = this.#clock.monotonicMs();
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS;
      this.#windowBytes = 0;
      this.#windowLines = 0;
    }
    return this.#windowBytes < MAX_WINDOW_BYTES && this.#windowLines < MAX_WINDOW_LINES;
  }

  /** Takes what the paused socket has read already, else what is still in the pipe. False when there is nothing. */
  #readRest(): boolean {
    // This emits "data".
    if (this.#socket.read() !== null) return true;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const length = readAvailable(this.#fd, buffer);
    if (length > 0) this.#take(buffer.subarray(0, length));
    return length > 0;
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
