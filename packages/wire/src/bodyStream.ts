import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { InvalidSignatureException } from "@hearth/model";
import { type BodyLimits, ClientGone } from "./body.ts";

export interface StreamedBody extends BodyLimits {
  /** Hexadecimal; `undefined` for a payload that was declared unsigned. */
  readonly sha256: string | undefined;
  /** Called when a piece has arrived, and when the next one is wanted. */
  readonly onTurn: (awaits: "reader" | "client") => void;
}

/**
 * The body of a request in pieces, as it arrives; reads only as fast as the consumer does. Throws when the body is too long, when the client
 * disconnects, and at the end when the hash differs from the signed one. So a consumer must not commit what it has stored before the stream ends.
 */
export async function* streamBody(req: IncomingMessage, limits: StreamedBody): AsyncGenerator<Buffer, void> {
  const { maxBytes, tooLarge, sha256, onTurn } = limits;
  const hash = sha256 === undefined ? undefined : createHash("sha256");
  let length = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      hash?.update(chunk);
      onTurn("reader");
      yield chunk;
      onTurn("client");
    }
  } catch (error) {
    if (isAborted(error)) throw new ClientGone("the client closed the connection before its request was complete");
    throw error;
  }
  if (hash && hash.digest("hex") !== sha256) {
    throw new InvalidSignatureException("The payload is not the one whose hash the signature declares.");
  }
}

function isAborted(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ABORT_ERR";
}
