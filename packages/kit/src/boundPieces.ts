import type { IncomingMessage, Server } from "node:http";
import type { Readable } from "node:stream";
import { beforeEachRequest } from "./beforeEachRequest.ts";

/** Of one turn of the event loop, which reads up to 64 KB of a connection. */
const MAX_PIECES = 500;
/** Of more pieces than that, on average. */
const MIN_PIECE_BYTES = 16;

/** Members of a request that Node calls while it parses: for each piece of the body, and when the answer was sent before the body was read. */
interface ParsedRequest {
  push: (piece: Uint8Array | null, encoding?: BufferEncoding) => boolean;
  _dump?: () => void;
}

/**
 * Closes the connection of a request whose chunked body comes in very many pieces of a few bytes. Each piece costs Node about as much as a small request, and it
 * handles all pieces that arrive together before it looks at any other connection, also while it only discards a body. Slow bodies in small pieces are let through.
 */
export function boundPiecesOf(request: IncomingMessage): void {
  if (request.headers["transfer-encoding"] === undefined || request.httpVersionMajor !== 1) return;
  boundPiecesIn(request, () => {
    leaveOutPieces(request);
    request.destroy();
  });
  // Node's own has further pieces left out without a call.
  (request as unknown as ParsedRequest)._dump = () => void request.resume();
}

/** Calls `end` once for a stream whose pieces are very many and tiny. */
export function boundPiecesIn(stream: Readable, end: () => void): void {
  const parsed = stream as unknown as ParsedRequest;
  const push = parsed.push.bind(stream);
  let pieces = 0;
  let bytes = 0;
  let isEnded = false;
  parsed.push = (piece, encoding) => {
    if (isEnded) return false;
    if (piece !== null) {
      if (pieces === 0) setImmediate(() => void (pieces = bytes = 0));
      pieces++;
      bytes += piece.length;
      if (pieces > MAX_PIECES && bytes < pieces * MIN_PIECE_BYTES) {
        isEnded = true;
        end();
        return false;
      }
    }
    return push(piece, encoding);
  };
}

/** Node's parser goes through the rest of what was read without a call for each piece. Parsers are used again for other connections, so only until then. */
function leaveOutPieces({ socket }: IncomingMessage): void {
  const { parser } = socket as { readonly parser?: Record<string, { readonly name?: string } | undefined> | null };
  const place = Object.keys(parser ?? {}).find((key) => parser?.[key]?.name === "parserOnBody");
  if (!parser || place === undefined) return;
  const onBody = parser[place];
  parser[place] = undefined;
  process.nextTick(() => void (parser[place] = onBody));
}

/** As `boundPiecesOf`, for all requests of a server. */
export function boundPieces(server: Server): void {
  beforeEachRequest(server, boundPiecesOf);
}
