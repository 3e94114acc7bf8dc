import type { Origin } from "./authorize.ts";
import { type ForwardedFrom, peerOf } from "./forwardedFrom.ts";
import type { RequestHead } from "./requestHead.ts";

/** Reads the request only when a policy asks for a member. */
export class HttpOrigin implements Origin {
  readonly #req: RequestHead;
  readonly #forwarded: ForwardedFrom | undefined;

  constructor(req: RequestHead, forwarded: ForwardedFrom | undefined) {
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
