import type { RequestHead } from "./requestHead.ts";

/** Where a request came from that another process of this Hearth has passed on. */
export interface ForwardedFrom {
  /** The sandbox. */
  readonly channel: string | undefined;
  /** The client's address; none for a sandbox. */
  readonly sourceIp: string | undefined;
}

/** The remote address of a request's connection. */
export function peerOf({ socket }: RequestHead): string | undefined {
  return socket.remoteAddress?.replace(/^::ffff:/, "");
}
