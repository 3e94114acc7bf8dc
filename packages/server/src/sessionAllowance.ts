import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import type { Clock } from "@hearth/kit";

/** Bytes that a session may send beside its requests, at once: 40,000 frames of WINDOW_UPDATE, or the rest of eight uploads that were refused. */
const ALLOWANCE = 512 * 1024;
/** Of it that a session gets back, for pings and whatever else clients send when nothing happens. */
const ALLOWANCE_PER_SECOND = 64 * 1024;
/** Under a flood each turn of the event loop takes longer than this, so that each turn is looked at. */
const LOOK_MS = 100;
/** For each request: its frame's head, its padding, and frames that name its stream, such as WINDOW_UPDATE and RST_STREAM. */
const PER_REQUEST = 256;
/** A field of a header, compressed or not, takes at most its text and this. */
const PER_FIELD = 16;
/** For each piece of a body: its frame's head, and a little padding. */
const PER_PIECE = 32;
/** Clients allow for as much data as they received with frames of WINDOW_UPDATE: of 26 bytes for each frame of data, when they do so most often. */
const PER_ANSWERED_PIECE = 32;

/** A session and the bytes that may come beside its requests. */
interface Watched {
  readonly session: ServerHttp2Session;
  readonly socket: Socket;
  /** Of the socket at the last look. */
  bytesRead: number;
  left: number;
  /** Since the last look: what requests, bodies and answers account for. */
  useful: number;
}

/**
 * Ends sessions that send much beside requests and their bodies. Node handles frames such as WINDOW_UPDATE, PRIORITY or DATA without data by itself, without an event:
 * only the number of bytes that were read shows that they came. There is no timer while there are no sessions.
 */
export class SessionAllowance {
  readonly #clock: Clock;
  readonly #end: (session: ServerHttp2Session) => void;
  readonly #watched = new Map<ServerHttp2Session, Watched>();
  #lastLookMs = 0;
  #isLooking = false;

  constructor(clock: Clock, end: (session: ServerHttp2Session) => void) {
    this.#clock = clock;
    this.#end = end;
  }

  watch(session: ServerHttp2Session, socket: Socket): void {
    const watched: Watched = { session, socket, bytesRead: 0, left: ALLOWANCE, useful: 0 };
    this.#watched.set(session, watched);
    session.once("close", () => this.#watched.delete(session));
    session.on("stream", (stream, _headers, _flags, rawHeaders) => {
      watched.useful += PER_REQUEST;
      for (const text of rawHeaders) watched.useful += text.length + PER_FIELD / 2;
      countBodies(stream, watched);
    });
    if (this.#isLooking) return;
    this.#lastLookMs = this.#clock.monotonicMs();
    this.#lookLater();
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#clock.after(LOOK_MS, () => {
      this.#look();
      this.#isLooking = false;
      if (this.#watched.size > 0) this.#lookLater();
    });
  }

  #look(): void {
    const now = this.#clock.monotonicMs();
    const regained = ((now - this.#lastLookMs) / 1000) * ALLOWANCE_PER_SECOND;
    this.#lastLookMs = now;
    for (const watched of this.#watched.values()) {
      const { bytesRead } = watched.socket;
      const left = watched.left + regained + watched.useful - (bytesRead - watched.bytesRead);
      watched.left = Math.min(ALLOWANCE, left);
      watched.bytesRead = bytesRead;
      watched.useful = 0;
      if (left < 0) this.#end(watched.session);
    }
  }
}

/** Streams offer no event for this that would leave their flow as it is. */
function countBodies(stream: ServerHttp2Stream, watched: Watched): void {
  const push = stream.push.bind(stream);
  stream.push = (piece: Uint8Array | null, encoding) => {
    if (piece !== null) watched.useful += piece.length + PER_PIECE;
    return push(piece, encoding);
  };
  const answer = stream as Pick<Writable, "_write" | "_writev">;
  const write = answer._write.bind(stream);
  answer._write = (piece: Uint8Array | string, encoding, done) => {
    watched.useful += piece.length + PER_ANSWERED_PIECE;
    write(piece, encoding, done);
  };
  const writeAll = answer._writev?.bind(stream);
  if (!writeAll) return;
  answer._writev = (pieces, done) => {
    for (const { chunk } of pieces) watched.useful += (chunk as Uint8Array | string).length + PER_ANSWERED_PIECE;
    writeAll(pieces, done);
  };
}
