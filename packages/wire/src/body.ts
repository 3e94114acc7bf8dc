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

/**
 * The whole body, without a copy when it arrived in one piece. A longer one than `maxBytes` is refused as soon as it is known to be,
 * and never held. Rejects with `ClientGone` when the connection breaks.
 */
export function readBody(req: IncomingMessage, { maxBytes, tooLarge }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(req.headers["content-length"] ?? 0) > maxBytes) {
      reject(tooLarge());
      return;
    }
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let length = 0;
    const finish = (): void => {
      req.removeListener("data", onData);
      req.removeListener("end", onEnd);
      req.removeListener("close", onClose);
      req.removeListener("error", onClose);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) {
        finish();
        reject(tooLarge());
        return;
      }
      if (!first) first = chunk;
      else (more ??= [first]).push(chunk);
    };
    const onEnd = (): void => {
      finish();
      resolve(more ? Buffer.concat(more, length) : (first ?? EMPTY_BODY));
    };
    const onClose = (): void => {
      finish();
      reject(new ClientGone("the client closed the connection before its request was complete"));
    };
    req.on("data", onData);
    req.on("end", onEnd);
    req.on("close", onClose);
    req.on("error", onClose);
  });
}
