import type { IncomingMessage } from "node:http";

export const EMPTY_BODY = Buffer.alloc(0);

/** The client went away before its request was complete: there is nobody to answer. */
export class ClientGone extends Error {}

export interface BodyLimits {
  readonly maxBytes: number;
  /** The error for a longer body. */
  readonly tooLarge: () => Error;
}

/** Whether a body follows the headers. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return length === undefined ? headers["transfer-encoding"] !== undefined : length !== "0";
}
