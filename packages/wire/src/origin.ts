import type { IncomingMessage } from "node:http";
import type { Origin } from "./authorize.ts";
import { type ForwardedFrom, peerOf } from "./forwardedFrom.ts";

/** Reads the request only when a policy asks for a member. */
export class HttpOrigin implements Origin {
  readonly #req: IncomingMessage;
  readonly #forwarded: ForwardedFrom | undefined;

  constructor(req: IncomingMessage, forwarded: ForwardedFrom | undefined) {
    this.#req = req;
    this.#forwarded = forwarded;
  }

  get sourceIp(): string | undefined {
    return this.#forwarded ? this.#forwarded.sourceIp : peerOf(this.#req);
  }

  get secureTransport(): boolean {
    return "encrypted" in this.#req.socket;
  }

  get userAgent(): string | undefined {
    return this.#req.headers["user-agent"];
  }
}
