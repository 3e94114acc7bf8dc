import type { Socket } from "node:net";
import { MAX_LINE_BYTES } from "./protocol.ts";

const NEWLINE = 0x0a;
/** A connection whose peer does not read is closed, to bound the memory for unsent data. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

export interface LineChannelEvents {
  /** Called with each parsed line. Throwing ends the connection. */
  onMessage(message: unknown): void;
  /** Called once, when the connection has ended for any reason. */
  onEnd(reason: Error | undefined): void;
}

/** JSON objects over a socket, one a line of bounded length. A line that is too long or not JSON ends the connection. */
export class LineChannel {
  readonly #socket: Socket;
  readonly #events: LineChannelEvents;
  #pieces: Buffer[] = [];
  #pending = 0;
  #ended = false;

  constructor(socket: Socket, events: LineChannelEvents) {
    this.#socket = socket;
    this.#events = events;
    let failure: Error | undefined;
    socket.on("data", (chunk: Buffer) => {
      try {
        this.#take(chunk);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on("error", (error) => (failure = error));
    socket.on("close", () => {
      this.#ended = true;
      events.onEnd(failure);
    });
  }

  /** Does nothing on a connection that has ended. Sends nothing and returns false when the message is longer than the peer accepts. */
  send(message: unknown): boolean {
    if (this.#ended) return true;
    const line = JSON.stringify(message);
    if (Buffer.byteLength(line) > MAX_LINE_BYTES) return false;
    this.#socket.write(`${line}\n`);
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#socket.destroy(new Error("the peer does not read"));
    return true;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = Buffer.concat(this.#pieces).toString("utf8");
      this.#pieces = [];
      this.#pending = 0;
      start = end + 1;
      this.#events.onMessage(JSON.parse(line));
      if (this.#socket.destroyed) return;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#pending += piece.length;
    if (this.#pending > MAX_LINE_BYTES) throw new Error(`a message is longer than ${MAX_LINE_BYTES} bytes`);
    if (piece.length > 0) this.#pieces.push(piece);
  }
}
