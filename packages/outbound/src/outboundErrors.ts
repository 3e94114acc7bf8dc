/** Hearth does not make this request or connection, and a repetition would not change that: the owner of the installation would have to allow it. */
export class OutboundRefused extends Error {
  override readonly name = "OutboundRefused";
  /** For the owner of the installation. `message` is for the account, which is not to learn which private address a name has. */
  readonly detail: string;

  constructor(message: string, detail = message) {
    super(message);
    this.detail = detail;
  }
}

/** `busy`: the account has as many connections as it may have, and as many wait. `dns`: the name was not resolved. `protocol`: the answer is not HTTP. */
export type OutboundFailure = "busy" | "dns" | "connect" | "tls" | "timeout" | "closed" | "protocol";

/** A request or connection was tried and failed. It may be tried again. */
export class OutboundFailed extends Error {
  override readonly name = "OutboundFailed";
  readonly reason: OutboundFailure;

  constructor(reason: OutboundFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
