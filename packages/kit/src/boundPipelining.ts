import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { beforeEachRequest } from "./beforeEachRequest.ts";

/** Requests without an answer that one connection may have. Clients that are in use send the next one after the answer. */
const MAX_UNANSWERED = 8;

/** The part of Node's parser that begins a request. */
interface RequestParser {
  onIncoming?: (() => number) | null;
}

/** What Node's parser understands as: the rest is not HTTP. It stops at once. */
const STOP = 2;

/**
 * Closes connections of HTTP/1.1 that send many requests without waiting for answers. Node handles all requests that arrive in one piece of 64 KB before it looks
 * at any other connection, so a few connections that send small ones could keep the process from everything else for minutes.
 */
export function boundPipelining(server: Server, onClosed?: () => void): void {
  const unanswered = new WeakMap<Socket, ServerResponse[]>();
  const onRequest = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    const before = unanswered.get(socket);
    if (!before) {
      unanswered.set(socket, [response]);
      return;
    }
    // An answer that was handed over is finished once it was written, which is never while requests of the same piece are read.
    let left = 0;
    for (const one of before) if (!one.writableFinished) before[left++] = one;
    before.length = left;
    before.push(response);
    if (left < MAX_UNANSWERED) return;
    const { parser } = socket as Socket & { readonly parser?: RequestParser | null };
    if (parser) parser.onIncoming = () => STOP;
    socket.destroy();
    onClosed?.();
  };
  beforeEachRequest(server, onRequest);
}
