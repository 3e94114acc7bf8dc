import type { Socket } from "node:net";
import type { Clock } from "@hearth/kit";
import { type KeepAlive, readWholeHead, WholeRequest, WholeResponse } from "@hearth/wire";

export interface WholeRequestsDeps {
  readonly clock: Pick<Clock, "now">;
  readonly keepAliveMs: number;
  /** A connection that sends nothing for so long at its beginning is closed. */
  readonly firstByteMs: number;
  /** Whether `serve` may have a request. All others go to `http1`. */
  readonly takes: (request: WholeRequest) => boolean;
  readonly serve: (request: WholeRequest, response: WholeResponse) => void;
  /** Serves a connection by node:http, from its unread bytes on. */
  readonly http1: (socket: Socket) => void;
}

/**
 * Serves requests of HTTP/1.1 that come in one piece and in the plainest form, as nearly all requests of AWS's clients do, without node:http, which takes more than
 * half of the time of such a request. The first other request on a connection brings the connection to node:http, with its bytes unread, for good.
 */
export class WholeRequests {
  readonly #deps: WholeRequestsDeps;
  readonly #connections = new Set<WholeConnection>();
  readonly #keepAlive: KeepAlive;

  constructor(deps: WholeRequestsDeps) {
    this.#deps = deps;
    this.#keepAlive = { seconds: deps.keepAliveMs / 1_000, date: dateHeader(deps.clock) };
  }

  /** Takes a connection; its first bytes may be unread in its buffer. */
  accept(socket: Socket): void {
    const connection = new WholeConnection(socket, this.#deps, this.#keepAlive, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }

  /** Closes the connections that have no request, and the others after their answer. */
  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

class WholeConnection {
  readonly #socket: Socket;
  readonly #deps: WholeRequestsDeps;
  readonly #keepAlive: KeepAlive;
  readonly #onLeft: () => void;
  /** Of the request that is being answered. */
  #response: WholeResponse | undefined;
  /** Nothing has arrived. */
  #isNew = true;
  /** What arrived meanwhile. */
  #next: Buffer | undefined;

  /** `onLeft` is called when the connection is closed, or goes to node:http. */
  constructor(socket: Socket, deps: WholeRequestsDeps, keepAlive: KeepAlive, onLeft: () => void) {
    this.#socket = socket;
    this.#deps = deps;
    this.#keepAlive = keepAlive;
    this.#onLeft = onLeft;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", ignore); // it is closed then
    socket.on("close", this.#onClose);
    socket.on("timeout", this.#onSilence);
    socket.setTimeout(deps.firstByteMs);
  }

  close(): void {
    if (this.#response) this.#response.shouldKeepAlive = false;
    else this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onSilence = (): void => this.destroy();

  readonly #onData = (piece: Buffer): void => {
    if (this.#isNew) this.#begin();
    if (!this.#response) return this.#take(piece);
    // The client does not wait for its answer.
    this.#next = this.#next ? Buffer.concat([this.#next, piece]) : piece;
    this.#socket.pause();
    return undefined;
  };

  /** As node:http does, so that a client that leaves is noticed; such a client gets no answer. */
  readonly #onEnd = (): void => void this.#socket.end();

  readonly #onClose = (): void => {
    this.#onLeft();
    this.#response?.lose();
  };

  #begin(): void {
    this.#isNew = false;
    this.#socket.removeListener("timeout", this.#onSilence);
    this.#socket.setTimeout(0);
  }

  #take(piece: Buffer): void {
    const head = readWholeHead(piece);
    if (!head) return this.#handOver(piece);
    const request = new WholeRequest(head, piece.subarray(head.bytes), this.#socket, () => this.#handOver(piece));
    if (!this.#deps.takes(request)) return this.#handOver(piece);
    this.#response = new WholeResponse(request, this.#keepAlive, this.#onAnswered);
    this.#deps.serve(request, this.#response);
    return undefined;
  }

  readonly #onAnswered = (keepsConnection: boolean): void => {
    this.#response = undefined;
    const next = this.#next;
    if (!keepsConnection) return this.#socket.destroySoon();
    if (!next) return undefined;
    this.#next = undefined;
    this.#socket.resume();
    return this.#take(next);
  };

  #handOver(piece: Buffer): void {
    const socket = this.#socket;
    socket.removeListener("data", this.#onData);
    socket.removeListener("end", this.#onEnd);
    socket.removeListener("error", ignore);
    socket.removeListener("close", this.#onClose);
    this.#onLeft();
    this.#response?.lose();
    // A client that has closed its side of the connection in the middle of the decision gets no answer.
    if (socket.destroyed || socket.readableEnded) {
      socket.on("error", ignore);
      socket.destroy();
      return;
    }
    socket.pause();
    socket.unshift(this.#next ? Buffer.concat([piece, this.#next]) : piece);
    this.#deps.http1(socket);
    socket.resume();
  }
}

function ignore(): void {}

/** The current time as in the header `Date`, written once a second. */
function dateHeader(clock: Pick<Clock, "now">): () => string {
  let second = 0;
  let text = "";
  return () => {
    const now = Math.floor(clock.now() / 1_000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1_000).toUTCString();
    }
    return text;
  };
}
