// The way out of the sandbox: HTTP/1.1 on one Unix socket, answers in the order of the requests. Only as much of HTTP as Hearth's own
// Runtime API speaks: every answer carries Content-Length, and header names are spelled as in `header(…)` below.
import { connect } from "node:net";

const RETRY_MS = 5;
const RETRY_FOR_MS = 10_000;
const HEAD_END = Buffer.from("\r\n\r\n");

/** Connects to `path`, which may appear a moment later. */
export function openChannel(path) {
  const giveUpAt = Date.now() + RETRY_FOR_MS;
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const socket = connect({ path });
      socket.once("connect", () => {
        socket.removeAllListeners("error");
        resolve(new Channel(socket));
      });
      socket.once("error", (error) => {
        if (Date.now() > giveUpAt) reject(error);
        else setTimeout(attempt, RETRY_MS);
      });
    };
    attempt();
  });
}

/** The value of `name` in the head of an answer, or undefined. */
export function header(head, name) {
  const at = head.indexOf(`\r\n${name}: `);
  if (at < 0) return undefined;
  const start = at + name.length + 4;
  const end = head.indexOf("\r\n", start);
  return end < 0 ? head.slice(start) : head.slice(start, end);
}

class Channel {
  #socket;
  #waiting = [];
  #chunks = [];
  #length = 0;
  #needed = 0;

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    // Hearth went away: nobody is left to work for.
    socket.on("error", () => process.exit(1));
    socket.on("close", () => process.exit(1));
  }

  /** Sends a request; `callback` gets (status, head, body) of its answer. */
  send(bytes, callback) {
    this.#waiting.push(callback);
    this.#socket.write(bytes);
  }

  /** Sends more of the request that was sent last; `callback` when it is on its way. */
  write(bytes, callback) {
    this.#socket.write(bytes, callback);
  }

  /** A piece of a chunked body. */
  writeChunk(bytes, callback) {
    this.#socket.cork();
    this.#socket.write(`${bytes.length.toString(16)}\r\n`);
    this.#socket.write(bytes);
    this.#socket.write("\r\n", callback);
    this.#socket.uncork();
  }

  /** Sends and calls back once the bytes are on their way; the process may exit then. */
  sendLast(bytes, done) {
    this.#waiting.push(done);
    this.#socket.removeAllListeners("close");
    this.#socket.removeAllListeners("error");
    this.#socket.on("close", done);
    this.#socket.on("error", done);
    this.#socket.ref();
    this.#socket.write(bytes);
  }

  /** Whether an open channel keeps the event loop alive: not while a handler runs, so that its loop can become empty. */
  keepAlive(yes) {
    if (yes) this.#socket.ref();
    else this.#socket.unref();
  }

  #take(chunk) {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    for (;;) {
      const headEnd = bytes.indexOf(HEAD_END);
      if (headEnd < 0) {
        this.#keep(bytes, bytes.length + 1);
        return;
      }
      const head = bytes.latin1Slice(0, headEnd);
      const end = headEnd + 4 + Number(header(head, "Content-Length") ?? 0);
      if (end > bytes.length) {
        this.#keep(bytes, end);
        return;
      }
      const rest = bytes.length === end ? undefined : bytes.subarray(end);
      this.#keep(rest, 0);
      this.#waiting.shift()(Number(head.slice(9, 12)), head, bytes.subarray(headEnd + 4, end));
      if (!rest) return;
      bytes = rest;
    }
  }

  #keep(bytes, needed) {
    this.#chunks = bytes ? [bytes] : [];
    this.#length = bytes ? bytes.length : 0;
    this.#needed = needed;
  }
}
