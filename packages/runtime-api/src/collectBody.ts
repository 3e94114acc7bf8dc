import type { IncomingMessage } from "node:http";

/**
 * Reads a request's body and calls back when it has ended, with `undefined` when it was longer than `maxBytes`; what exceeds the
 * limit is read and dropped. Never calls back when the connection closes first.
 */
export function collectBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer | undefined) => void,
): void {
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) {
      first = undefined;
      more = undefined;
    } else if (first) (more ??= [first]).push(chunk);
    else first = chunk;
  });
  request.on("end", () => {
    if (length > maxBytes) done(undefined);
    else done(more ? Buffer.concat(more, length) : (first ?? Buffer.alloc(0)));
  });
}
