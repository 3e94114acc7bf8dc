import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { boundPiecesIn, type Clock } from "@hearth/kit";
import { SessionAllowance } from "./sessionAllowance.ts";

/** Limits of a connection. HTTP/1.1 has one request at a time; each stream here is as much work as a connection of HTTP/1.1. */
const SETTINGS = {
  maxConcurrentStreams: 128,
  maxHeaderListSize: 16_384,
  enablePush: false,
} as const;
/** MB of one session's headers, data and settings that wait to be processed or sent. */
const MAX_SESSION_MEMORY = 16;
/** Limit of streams that a client opens and resets at once, and of further ones a second; beyond it the session ends. CVE-2023-44487 */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 50;

/** Told of the streams of one connection. */
export interface StreamActivity {
  readonly onStream: () => void;
  readonly onStreamClosed: () => void;
}

export type Http2Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface Http2DoorDeps {
  readonly listener: Http2Listener;
  readonly onExpectContinue: Http2Listener;
  /** A session without open streams is closed after this time. */
  readonly idleMs: number;
  readonly clock: Clock;
  /** Called when a session is ended because of its frames: too many of them carry nothing, or a byte each. */
  readonly onFlood: () => void;
}

/** HTTP/2 without TLS, on connections that another server accepted. Requests look like those of HTTP/1.1, with `httpVersionMajor` 2. */
export class Http2Door {
  readonly #server = createServer({
    settings: SETTINGS,
    maxSessionMemory: MAX_SESSION_MEMORY,
    maxSessionInvalidFrames: 100,
    maxHeaderListPairs: 256,
    maxSettings: 32,
    streamResetBurst: RESET_BURST,
    streamResetRate: RESETS_PER_SECOND,
    unknownProtocolTimeout: 10_000,
  });
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #allowance: SessionAllowance;
  /** The connection that is being accepted: its session is made meanwhile. */
  #accepting: { readonly socket: Socket; readonly activity: StreamActivity | undefined } | undefined;

  constructor({ listener, onExpectContinue, idleMs, clock, onFlood }: Http2DoorDeps) {
    const end = (session: ServerHttp2Session): void => {
      onFlood();
      session.destroy();
    };
    this.#allowance = new SessionAllowance(clock, end);
    this.#server.on("request", asHttp1(listener));
    this.#server.on("checkContinue", asHttp1(onExpectContinue));
    this.#server.on("session", (session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
      session.on("error", () => session.destroy());
      closeWhenIdle(session, idleMs);
      const { socket, activity } = this.#accepting ?? {};
      if (socket) this.#allowance.watch(session, socket);
      session.on("stream", (stream) => {
        boundPiecesIn(stream, () => end(session));
        activity?.onStream();
        stream.once("close", () => activity?.onStreamClosed());
      });
    });
    this.#server.on("sessionError", () => undefined); // the session's own listener has ended it
  }

  accept(socket: Socket, activity?: StreamActivity): void {
    this.#accepting = { socket, activity };
    this.#server.emit("connection", socket);
    this.#accepting = undefined;
  }

  /** Takes no further streams; each session ends with its last one. */
  closeGracefully(): void {
    for (const session of this.#sessions) session.close();
  }

  destroy(): void {
    for (const session of this.#sessions) session.destroy();
    this.#server.close();
  }
}

/** Node's compatibility classes have everything that handlers use, but do not extend those of HTTP/1.1. */
function asHttp1(listener: Http2Listener) {
  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    if (isTooLarge(request.rawHeaders)) response.writeHead(431).end();
    else listener(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
}

/** Node enforces `maxHeaderListSize` only once the client has acknowledged it. Counted as RFC 9113, section 6.5.2 says. */
function isTooLarge(rawHeaders: readonly string[]): boolean {
  let size = rawHeaders.length * 16;
  for (const text of rawHeaders) size += text.length;
  return size > SETTINGS.maxHeaderListSize;
}

/** The timeout of a session counts silence; while a stream is open, a long invocation may be silent. */
function closeWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let open = 0;
  session.on("stream", (stream) => {
    open++;
    stream.once("close", () => open--);
  });
  session.setTimeout(idleMs, () => {
    if (open === 0) session.close();
  });
}
