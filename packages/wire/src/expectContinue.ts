import type { IncomingMessage, ServerResponse } from "node:http";

/** Requests whose clients wait for `100 Continue` before they send the body. */
const waiting = new WeakSet<IncomingMessage>();

/** Called by listeners of `checkContinue`: lets the request's handler decide whether the client should send its body. */
export function holdContinue(req: IncomingMessage): void {
  waiting.add(req);
}

/** Whether the client still waits. Once such a request is answered, its connection must be closed: the client may or may not send the body. */
export function awaitsContinue(req: IncomingMessage): boolean {
  return req.headers.expect !== undefined && waiting.has(req);
}

/** Asks the client for the body, if it waits. */
export function sendContinue(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect !== undefined && waiting.delete(req)) res.writeContinue();
}
