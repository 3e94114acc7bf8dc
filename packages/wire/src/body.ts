import type { IncomingMessage } from "node:http";

export const EMPTY_BODY = Buffer.alloc(0);

/** The client went away before its request was complete, so there is no answer. */
export class ClientGone extends Error {}

/** A body in pieces, as it arrives; its error comes while it is read. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** As the request declares it: of what the consumer gets, without the frames of chunks. */
  readonly length?: number | undefined;
  /** The trailing headers of a payload in signed chunks, or in chunks with a checksum at their end; filled when the stream has ended. */
  readonly trailers?: ReadonlyMap<string, string>;
}

export interface BodyLimits {
  readonly maxBytes: number;
  /** The error for a longer body. */
  readonly tooLarge: () => Error;
  /** Called when the length that the request declares is within `maxBytes`, before anything is read. */
  readonly start?: () => void;
}

/** Whether a body follows the headers. */
export function hasBody({ headers, httpVersionMajor, complete }: IncomingMessage): boolean {
  if (httpVersionMajor === 2) return !complete; // a frame says it; neither header has to be there
  const length = headers["content-length"];
  return length === undefined ? headers["transfer-encoding"] !== undefined : length !== "0";
}
