import { createHash } from "node:crypto";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { boundPieces, boundPipelining } from "@hearth/kit";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Arrival } from "./mqttBroker.ts";

/** In PEM. */
export interface ServerIdentity {
  readonly cert: string;
  readonly key: string;
}

type Accept = (arrival: Arrival) => Promise<void>;

const MAX_FRAME_BYTES = 256 * 1024;
const HANDSHAKE_MS = 10_000;

/** MQTT over TCP. */
export function tcpServer(accept: Accept): Server {
  return createServer({ noDelay: true }, (socket) => void accept({ stream: socket, sourceIp: socket.remoteAddress }));
}

/** A client may show a certificate: the handshake proves that it has the key, and whose it is is looked up by its hash. */
const clientCertificates = { requestCert: true, rejectUnauthorized: false } as const;

/** MQTT over TLS. */
export function tlsServer(identity: ServerIdentity, accept: Accept): Server {
  const options = { ...identity, ...clientCertificates, handshakeTimeout: HANDSHAKE_MS, noDelay: true };
  return createTlsServer(options, (socket) => {
    void accept({ stream: socket, sourceIp: socket.remoteAddress, certificateId: certificateOf(socket) });
  }).on("tlsClientError", (_error, socket) => socket.destroy());
}

function certificateOf(socket: Socket | TLSSocket): string | undefined {
  if (!("getPeerCertificate" in socket)) return undefined;
  const { raw } = socket.getPeerCertificate();
  // Without a certificate the object is empty.
  return (raw as Buffer | undefined) && createHash("sha256").update(raw).digest("hex");
}

/** MQTT over WebSocket. A browser says which page it shows: pages of other origins than `origins` are refused. */
export function webSocketServer(
  identity: ServerIdentity | undefined,
  origins: ReadonlySet<string>,
  accept: Accept,
): HttpServer {
  const server: HttpServer = identity
    ? createHttpsServer({ ...identity, ...clientCertificates, handshakeTimeout: HANDSHAKE_MS })
    : createHttpServer();
  server.headersTimeout = HANDSHAKE_MS;
  server.requestTimeout = HANDSHAKE_MS;
  server.on("request", (_request, response) => response.writeHead(426, { Upgrade: "websocket" }).end());
  boundPieces(server);
  boundPipelining(server);
  const sockets = new WebSocketServer({
    server,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
    verifyClient: ({ req }: { readonly req: { readonly headers: { readonly origin?: string | undefined } } }) =>
      req.headers.origin === undefined || origins.has(req.headers.origin),
  });
  sockets.on("connection", (socket, { socket: { remoteAddress }, socket: raw }) => {
    const stream = createWebSocketStream(socket);
    void accept({ stream, sourceIp: remoteAddress, certificateId: certificateOf(raw) });
  });
  return server;
}
