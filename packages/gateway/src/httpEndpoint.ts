import type { Duplex, Readable } from "node:stream";
import type { HttpAddress } from "./httpAddress.ts";
import type { HttpRequest } from "./httpRequest.ts";

/** The body of an answer. A stream is sent in chunks as it comes; when it fails, the connection is closed. */
export type HttpBody = Uint8Array | ReadableStream<Uint8Array> | Readable | null;

export interface HttpReply {
  readonly status: number;
  /** Names in lower case; several values become several lines. Content-Length is added where the body is not a stream. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: HttpBody;
}

/** Something that answers HTTP requests of the outside: one function URL, one stage of an API. */
export interface HttpEndpoint {
  /**
   * Answers one request. Every answer that the client should see is a reply, errors of functions and refusals too. A rejection is a bug, or
   * `ClientGone`: the gateway logs the first and answers 500.
   */
  serve(request: HttpRequest): Promise<HttpReply>;
  /** Takes over a connection that asks for the WebSocket protocol. Called only for kinds with `speaksWebSocket`. */
  upgrade?(request: HttpRequest, socket: Duplex, head: Buffer): void;
}

/**
 * A kind of endpoint: function URLs, HTTP APIs, REST APIs, WebSocket APIs. The gateway asks its kinds in turn for the endpoint of an address. A kind
 * keeps its definitions in memory and learns of changes from the change log: on the warm path `find` answers without a promise, and nothing asks
 * PostgreSQL.
 */
export interface EndpointKind {
  /** The forms of addresses that it is asked about. */
  readonly forms: readonly HttpAddress["form"][];
  /** The endpoint at this address; `undefined` when this kind has none there. */
  find(address: HttpAddress): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined>;
  /** Whether a host name (lower case, no port) is a custom domain of this kind. Asked for every request of the port: from memory. */
  ownsDomain?(host: string): boolean;
  /** Its endpoints have `upgrade`: connections that ask for the WebSocket protocol at its addresses are handed to `upgrade`, not to `serve`. */
  readonly speaksWebSocket?: true;
  /** The answer for an address of its forms where no kind has an endpoint; the first kind that has one gives it. */
  readonly unknown?: (request: HttpRequest) => HttpReply;
  /** The process stops: ends what is open beyond its requests. Resolves when that is done, or soon after `signal` aborts. */
  drain?(signal: AbortSignal): Promise<void>;
}
