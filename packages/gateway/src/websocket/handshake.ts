import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { HttpRequest } from "../httpRequest.ts";
import { limitFrames } from "./frameLimit.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_MESSAGE_BYTES = 128 * 1024;
const MAX_FRAME_BYTES = 32 * 1024;
const MESSAGE_TOO_BIG = 1009;
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** The part of the WebSocket protocol that the library `ws` speaks: handshakes and frames. */
export class Handshakes {
  /** The subprotocol that `$connect` has chosen. */
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (_offered, request) => this.#protocols.get(request) ?? false,
  });

  /** Answers 101. `then` gets the socket before any message is read. */
  accept(
    { incoming }: HttpRequest,
    socket: Duplex,
    head: Buffer,
    protocol: string | undefined,
    then: (socket: WebSocket) => void,
  ): void {
    if (protocol !== undefined) this.#protocols.set(incoming, protocol);
    this.#server.handleUpgrade(incoming, socket, head, (opened) => {
      limitFrames(socket, MAX_FRAME_BYTES, () => opened.close(MESSAGE_TOO_BIG, "Frame Too Big"));
      then(opened);
    });
  }
}

/** Whether the request is a handshake of the protocol, so that it can be accepted later. */
export function isHandshake({ incoming }: HttpRequest): boolean {
  const { "sec-websocket-key": key, "sec-websocket-version": version } = incoming.headers;
  return KEY.test(key ?? "") && (version === "13" || version === "8");
}

export function refuseHandshake(socket: Duplex, status: number, body: object): void {
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
