import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";

export interface OpenedSocket extends AsyncDisposable {
  readonly protocol: string;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(data: string | Uint8Array): void;
  /** Sends one message in several frames. */
  sendParts(parts: readonly string[]): void;
  /** The next message. Rejects when the connection ends before. */
  next(): Promise<string>;
  close(code?: number, reason?: string): Promise<void>;
}

export interface SocketOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** Opens a web socket. Messages that come before they are asked for are kept. */
export async function openWebSocket(
  url: string,
  { headers = {}, protocols = [] }: SocketOptions = {},
): Promise<OpenedSocket> {
  const socket = new WebSocket(url, [...protocols], { headers, perMessageDeflate: false });
  const messages: string[] = [];
  let wake = Promise.withResolvers<void>();
  socket.on("message", (data) => {
    messages.push(Buffer.from(data as Buffer).toString());
    wake.resolve();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => {
      resolve({ code, reason: reason.toString() });
      wake.resolve();
    });
  });
  await once(socket, "open");
  socket.on("error", () => undefined); // it closes too
  return {
    protocol: socket.protocol,
    closed,
    send: (data) => socket.send(data),
    sendParts(parts) {
      for (const [at, part] of parts.entries()) socket.send(part, { fin: at === parts.length - 1 });
    },
    async next() {
      for (;;) {
        const message = messages.shift();
        if (message !== undefined) return message;
        if (socket.readyState !== WebSocket.OPEN) throw new Error("the web socket is closed");
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    },
    async close(code, reason) {
      socket.close(code, reason);
      await closed;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

/** The status and body with which a handshake is refused. Rejects when it is accepted. */
export async function refusalOf(url: string, { headers = {} }: SocketOptions = {}) {
  const socket = new WebSocket(url, { headers });
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  socket.on("error", reject);
  socket.on("open", () => reject(new Error("the handshake was accepted")));
  socket.on("unexpected-response", (_request, response: IncomingMessage) => {
    let body = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
  });
  try {
    return await promise;
  } finally {
    socket.on("error", () => undefined);
    socket.terminate();
  }
}
