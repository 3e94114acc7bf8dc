import type { IncomingMessage } from "node:http";
import { type RawRequest, rawRequest } from "@hearth/wire";
import type { HttpAddress } from "./httpAddress.ts";
import { type ClientAddress, forwardedHeaders } from "./clientAddress.ts";

/** One header line: the name in lower case, and its value. */
export type HeaderLine = readonly [name: string, value: string];

/** What the gateway knows about a request besides what is in it. */
export interface RequestFacts {
  readonly address: HttpAddress;
  /** UUID. */
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly client: ClientAddress;
  /** The sandbox that sends it; `undefined` for clients of the network. */
  readonly channel: string | undefined;
  readonly signal: () => AbortSignal;
  readonly readBody: (maxBytes: number) => Promise<Buffer>;
}

/** Headers that belong to the connection, or that only Hearth itself may set: no function sees them. */
const NOT_PASSED_ON = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-hearth-forwarded",
]);

/**
 * A request as data, read once: what payload events are built from. Nothing is decoded, and duplicates are kept. Each member is computed when it is
 * first used.
 */
export class HttpRequest {
  readonly #incoming: IncomingMessage;
  readonly #facts: RequestFacts;
  readonly #raw: RawRequest;
  #lines: readonly HeaderLine[] | undefined;
  #query: string | undefined;

  constructor(incoming: IncomingMessage, facts: RequestFacts, raw = rawRequest(incoming)) {
    this.#incoming = incoming;
    this.#facts = facts;
    this.#raw = raw;
  }

  /** The same request with other header lines and another query, as an integration gets it. */
  with(headers: readonly HeaderLine[], query: string): HttpRequest {
    const changed = new HttpRequest(this.#incoming, this.#facts, this.#raw);
    changed.#lines = headers;
    changed.#query = query;
    return changed;
  }

  /** As Node has it: for signatures, and for connections that are upgraded. */
  get incoming(): IncomingMessage {
    return this.#incoming;
  }

  /** The request line as it was sent: signatures are computed from it. */
  get raw(): RawRequest {
    return this.#raw;
  }

  get address(): HttpAddress {
    return this.#facts.address;
  }

  get requestId(): string {
    return this.#facts.requestId;
  }

  /** Milliseconds since the epoch. */
  get receivedAt(): number {
    return this.#facts.receivedAt;
  }

  get channel(): string | undefined {
    return this.#facts.channel;
  }

  get method(): string {
    return this.#raw.method;
  }

  /** Percent-encoded, begins with `/`, within the endpoint. */
  get path(): string {
    return this.#facts.address.path;
  }

  /** Percent-encoded, without `?`; empty when there is none. */
  get query(): string {
    return this.#query ?? this.#raw.search;
  }

  /** `HTTP/1.1` or `HTTP/2.0`. */
  get protocol(): string {
    return `HTTP/${this.#incoming.httpVersion}`;
  }

  /** The client's address: behind a trusted proxy the one that the proxy names. */
  get sourceIp(): string {
    return this.#facts.client.ip;
  }

  get userAgent(): string | undefined {
    return this.#incoming.headers["user-agent"];
  }

  get isSecure(): boolean {
    return this.#facts.client.isSecure;
  }

  /** All header lines in order, without those of the connection, and with `x-forwarded-for`, `-port` and `-proto` as Hearth knows them. */
  get headers(): readonly HeaderLine[] {
    return (this.#lines ??= headerLines(this.#incoming, this.#facts));
  }

  /** All values of one header joined by a comma. `name` in lower case. */
  header(name: string): string | undefined {
    let joined: string | undefined;
    for (const [known, value] of this.headers) {
      if (known === name) joined = joined === undefined ? value : `${joined},${value}`;
    }
    return joined;
  }

  /** The cookies of all Cookie headers, `name=value`, in order. */
  get cookies(): readonly string[] {
    const cookies: string[] = [];
    for (const [name, value] of this.headers) {
      if (name !== "cookie") continue;
      for (const cookie of value.split(";")) if (cookie.trim() !== "") cookies.push(cookie.trim());
    }
    return cookies;
  }

  /** Aborts when the client goes away. */
  get signal(): AbortSignal {
    return this.#facts.signal();
  }

  /**
   * The whole body, empty when there is none; held in memory, and counted, until the request is answered. Call it once. Rejects with `BodyTooLarge`, with
   * TooManyRequestsException when too many bodies are held at a time, and with `ClientGone`.
   */
  readBody(maxBytes: number): Promise<Buffer> {
    return this.#facts.readBody(maxBytes);
  }
}

function headerLines({ rawHeaders, httpVersionMajor, headers }: IncomingMessage, facts: RequestFacts): HeaderLine[] {
  const lines: HeaderLine[] = [];
  const { isPathForm } = facts.address;
  const forwarded = forwardedHeaders(facts.client, headers);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (name.startsWith(":") || NOT_PASSED_ON.has(name) || Object.hasOwn(forwarded, name)) continue;
    if (isPathForm && name === "cookie") continue; // these are the cookies of Hearth's own host
    lines.push([name, rawHeaders[i + 1] as string]);
  }
  if (httpVersionMajor === 2 && headers.host !== undefined && !lines.some(([name]) => name === "host")) {
    lines.push(["host", headers.host]);
  }
  for (const name in forwarded) lines.push([name, forwarded[name as keyof typeof forwarded]]);
  return lines;
}
