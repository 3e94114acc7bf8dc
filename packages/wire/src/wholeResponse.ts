import {
  IncomingMessage,
  type OutgoingHttpHeaders,
  ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import type { WholeRequest } from "./wholeRequest.ts";

/** As node:http's servers say it with the same setting. */
export interface KeepAlive {
  readonly seconds: number;
  /** The time as in the header `Date`. */
  readonly date: () => string;
}

/** Larger bodies are not copied behind their head. */
const MAX_COPIED_BYTES = 16_384;

/** The answer to a `WholeRequest`. Of node:http's response it has what the AWS endpoint uses; an answer in pieces is sent by one of these. */
export class WholeResponse {
  readonly #request: WholeRequest;
  readonly #keepAlive: KeepAlive;
  readonly #onEnd: (keepsConnection: boolean) => void;
  readonly #listeners: (() => void)[] = [];
  #head: string | undefined;
  #isEnded = false;
  /** The connection is closed after the answer if this is false. */
  shouldKeepAlive = true;
  headersSent = false;
  /** All of the answer was handed to the system. */
  writableFinished = false;
  destroyed = false;

  /** `onEnd` is called once, when the answer is sent; not when the connection breaks before. */
  constructor(request: WholeRequest, keepAlive: KeepAlive, onEnd: (keepsConnection: boolean) => void) {
    this.#request = request;
    this.#keepAlive = keepAlive;
    this.#onEnd = onEnd;
  }

  /** `close`: the answer is sent, or never will be. `finish`: it is sent. */
  once(event: "close" | "finish", listener: () => void): void {
    this.#listeners.push(event === "close" ? listener : () => this.writableFinished && listener());
  }

  /** Throws, having sent nothing, for a name or value that no header can have. */
  writeHead(status: number, headers: OutgoingHttpHeaders): void {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined) continue;
      validateHeaderName(name);
      if (name.toLowerCase() === "connection") {
        if (value === "close") this.shouldKeepAlive = false;
        continue;
      }
      for (const one of Array.isArray(value) ? value : [String(value)]) {
        validateHeaderValue(name, one);
        head += `${name}: ${one}\r\n`;
      }
    }
    head += `Date: ${this.#keepAlive.date()}\r\n`;
    head += this.shouldKeepAlive
      ? `Connection: keep-alive\r\nKeep-Alive: ${this.#timeout}\r\n\r\n`
      : "Connection: close\r\n\r\n";
    this.#head = head;
    this.headersSent = true;
  }

  /** Sends the head and the whole body. */
  end(body: string | Uint8Array = ""): void {
    const { socket } = this.#request;
    const head = this.#head ?? "";
    if (typeof body === "string") {
      socket.write(head + body, this.#written);
    } else if (body.length <= MAX_COPIED_BYTES) {
      const all = Buffer.allocUnsafe(head.length + body.length);
      all.write(head, "latin1");
      all.set(body, head.length);
      socket.write(all, this.#written);
    } else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body, this.#written);
      socket.uncork();
    }
  }

  /** A response of node:http in the place of this one, for an answer in pieces. Throws as `writeHead` does. */
  inPieces(status: number, headers: OutgoingHttpHeaders): ServerResponse {
    const { socket } = this.#request;
    const response = new ServerResponse(
      Object.assign(new IncomingMessage(socket), { httpVersionMajor: 1, httpVersionMinor: 1 }),
    );
    response.shouldKeepAlive = this.shouldKeepAlive;
    response.writeHead(status, this.shouldKeepAlive ? { ...headers, "Keep-Alive": this.#timeout } : headers);
    response.assignSocket(socket);
    // What follows is usually done by the server that a response belongs to.
    const onDrain = (): void => void response.emit("drain");
    socket.on("drain", onDrain);
    response.once("finish", () => {
      socket.removeListener("drain", onDrain);
      response.detachSocket(socket);
      this.shouldKeepAlive &&= response.shouldKeepAlive;
      this.#written();
    });
    return response;
  }

  get #timeout(): string {
    return `timeout=${this.#keepAlive.seconds}`;
  }

  /** Ends the connection. */
  destroy(): void {
    this.#request.socket.destroy();
    this.lose();
  }

  /** The connection is gone, or the request is given back: there will be no answer by this response. */
  lose(): void {
    if (this.#isEnded) return;
    this.destroyed = true;
    this.#end();
  }

  readonly #written = (error?: Error | null): void => {
    if (this.#isEnded) return;
    if (error) return this.lose();
    this.writableFinished = true;
    this.#end();
    this.#onEnd(this.shouldKeepAlive);
  };

  #end(): void {
    this.#isEnded = true;
    for (const listener of this.#listeners) listener();
  }
}
