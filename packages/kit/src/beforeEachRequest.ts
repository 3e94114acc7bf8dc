import type { RequestListener, Server } from "node:http";

/**
 * Calls `listener` for each request, before the listeners that the server has. A server that listens for `checkContinue` answers `Expect: 100-continue` itself, and
 * Node does it for any other: such a server must not get a listener for it, or these requests would never be answered.
 */
export function beforeEachRequest(server: Server, listener: RequestListener): void {
  server.prependListener("request", listener);
  if (server.listenerCount("checkContinue") > 0) server.prependListener("checkContinue", listener);
}
