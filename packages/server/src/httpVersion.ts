import type { Socket } from "node:net";

/** How every HTTP/2 connection begins. https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const PREFACE = "PRI * HTTP/2.0";
/** Enough bytes to distinguish it from every method of HTTP/1.1. */
const DECIDING_BYTES = 3;

export interface HttpVersions {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
}

/**
 * Decides by a connection's first bytes whether it is HTTP/1.1 or HTTP/2, and hands it over with those bytes unread. A connection that sends
 * nothing for `timeoutMs` is closed. After that, the connection goes directly to its server.
 */
export function decideHttpVersion(socket: Socket, versions: HttpVersions, timeoutMs: number): void {
  let first: Buffer | undefined;
  const release = (): void => {
    socket.removeListener("data", onData);
    socket.removeListener("end", giveUp);
    socket.removeListener("error", giveUp);
    socket.removeListener("timeout", giveUp);
    socket.setTimeout(0);
  };
  const giveUp = (): void => {
    release();
    socket.on("error", () => undefined); // it is destroyed already
    socket.destroy();
  };
  const onData = (chunk: Buffer): void => {
    first = first ? Buffer.concat([first, chunk]) : chunk;
    const start = first.toString("latin1", 0, DECIDING_BYTES);
    const mayBe = PREFACE.startsWith(start);
    if (mayBe && start.length < DECIDING_BYTES) return;
    release();
    socket.pause();
    socket.unshift(first);
    if (mayBe) {
      versions.http2(socket); // takes the buffered bytes itself, and then reads below the socket
    } else {
      versions.http1(socket);
      socket.resume();
    }
  };
  socket.on("data", onData);
  socket.on("end", giveUp);
  socket.on("error", giveUp);
  socket.on("timeout", giveUp);
  socket.setTimeout(timeoutMs);
}
