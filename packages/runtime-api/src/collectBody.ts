import type { IncomingMessage } from "node:http";
import { GatheredBytes } from "@hearth/kit";

/**
 * Reads a request's body and calls back when it has ended, with `undefined` when it was longer than `maxBytes`; what exceeds the
 * limit is read and dropped. Never calls back when the connection closes first.
 */
export function collectBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer | undefined) => void,
): void {
  let gathered: GatheredBytes | undefined = new GatheredBytes();
  request.on("data", (chunk: Buffer) => {
    if (!gathered) return;
    if (gathered.length + chunk.length > maxBytes) gathered = undefined;
    else gathered.add(chunk);
  });
  request.on("end", () => done(gathered?.whole()));
}
