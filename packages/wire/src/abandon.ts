import type { IncomingMessage } from "node:http";
import { constants, type Http2ServerRequest } from "node:http2";

/** Ends a request whose rest is not awaited any more: its connection with HTTP/1.1, its stream with HTTP/2. */
export function abandon(req: IncomingMessage): void {
  if (req.httpVersionMajor === 2) (req as unknown as Http2ServerRequest).stream.close(constants.NGHTTP2_CANCEL);
  else req.destroy();
}
