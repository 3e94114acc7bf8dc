import { isUtf8 } from "node:buffer";
import type { ApiRecord } from "@hearth/store";
import type { WebSocket } from "ws";
import type { CommandReply, ConnectionDescription } from "./connectionCommand.ts";

/** What events of a connection's messages say about it. Only text: thousands of connections stay open for hours. */
export interface SocketFacts {
  readonly connectionId: string;
  readonly api: Pick<ApiRecord, "accountId" | "region" | "apiId">;
  readonly stage: string;
  /** The request's host name. */
  readonly host: string;
  readonly domainName: string;
  readonly domainPrefix: string;
  /** Milliseconds since the epoch. */
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** What the authorizer said when the client connected. */
  readonly authorizer: Readonly<Record<string, unknown>> | undefined;
}

/** Bytes that wait to be sent. A client that does not read them gets no more. */
const MAX_UNSENT_BYTES = 256 * 1024;

/** A web socket whose handshake is done. */
export class OpenSocket {
  readonly facts: SocketFacts;
  readonly #socket: WebSocket;
  readonly #onSent: (facts: SocketFacts) => void;
  /** Monotonic. */
  readonly openedMs: number;
  #activeMs: number;
  /** Milliseconds since the epoch. */
  #lastActiveAt: number;
  /** Messages that functions are working on. */
  inFlight = 0;

  constructor(
    facts: SocketFacts,
    socket: WebSocket,
    { nowMs, onSent }: { readonly nowMs: number; readonly onSent: (facts: SocketFacts) => void },
  ) {
    this.facts = facts;
    this.#socket = socket;
    this.#onSent = onSent;
    this.openedMs = nowMs;
    this.#activeMs = nowMs;
    this.#lastActiveAt = facts.connectedAt;
  }

  /** Monotonic: when the last message came or was sent. */
  get activeMs(): number {
    return this.#activeMs;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  touch(nowMs: number, at: number): void {
    this.#activeMs = nowMs;
    this.#lastActiveAt = at;
  }

  /** Sends one message: as text, unless its bytes are none. */
  send(body: Uint8Array): CommandReply {
    if (!this.isOpen) return { kind: "gone" };
    if (this.#socket.bufferedAmount + body.byteLength > MAX_UNSENT_BYTES) return { kind: "tooFast" };
    this.#socket.send(body, { binary: !isUtf8(body) });
    this.#onSent(this.facts);
    return { kind: "done" };
  }

  describe(): ConnectionDescription {
    const { connectedAt, sourceIp, userAgent } = this.facts;
    return { connectedAt, lastActiveAt: this.#lastActiveAt, sourceIp, userAgent };
  }

  /** Reads no further messages until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
