import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { ResponseSink } from "@hearth/model";
import { collectBody } from "./collectBody.ts";
import { streamBody, type StreamLimit } from "./streamBody.ts";

/** Reads the bodies that a sandbox sends, one at a time, so that a sandbox can make Hearth hold one body at most. */
export class UploadSlot {
  readonly #onFree: () => void;
  #request: IncomingMessage | undefined;
  #onBrokenOff: (() => void) | undefined;

  /** `onFree` is called each time a body has been read and handled. */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  get isTaken(): boolean {
    return this.#request !== undefined;
  }

  /** Calls back with the whole body, or with `undefined` when it was longer than `maxBytes`; never, when the connection closes first. */
  receive(request: IncomingMessage, maxBytes: number, done: (body: Buffer | undefined) => void): void {
    this.#request = request;
    collectBody(request, maxBytes, (body) => {
      this.#request = undefined;
      done(body);
      this.#onFree();
    });
  }

  /** Passes the body on to `sink` as it comes, then calls `done`; calls `onBrokenOff` instead when the connection closes first. */
  stream(
    request: IncomingMessage,
    sink: ResponseSink,
    limit: StreamLimit,
    done: () => void,
    onBrokenOff: () => void,
  ): void {
    this.#request = request;
    this.#onBrokenOff = onBrokenOff;
    streamBody(request, sink, limit, () => {
      this.#request = undefined;
      this.#onBrokenOff = undefined;
      done();
      this.#onFree();
    });
  }

  /** Gives up the body whose connection has closed. */
  onClosed(socket: Socket): void {
    if (this.#request?.socket !== socket) return;
    const onBrokenOff = this.#onBrokenOff;
    this.#request = undefined;
    this.#onBrokenOff = undefined;
    onBrokenOff?.();
  }
}
