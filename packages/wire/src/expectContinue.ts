import type { IncomingMessage, ServerResponse } from "node:http";

/** Requests whose clients wait for `100 Continue` before they send the body. */
const waiting = new WeakSet<IncomingMessage>();

/** For listeners of `checkContinue`: the handler of the request decides whether the client is to send its body. */
export function holdContinue(req: IncomingMessage): void {
  waiting.add(req);
}

/** Whether the client still waits; such a request is answered without its body, and its connection cannot be used again. */
export function awaitsContinue(req: IncomingMessage): boolean {
  return req.headers.expect !== undefined && waiting.has(req);
}

/** Lets the client send its body, if it waits. */
export function sendContinue(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect !== undefined && waiting.delete(req)) res.writeContinue();
}
