import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock, Logger, Random } from "@hearth/kit";
import { Bodies, ClientGone, hasBody, rawRequest, type RequestHead, sendAnswer, sendContinue } from "@hearth/wire";
import type { GatewayMetrics } from "./gatewayMetrics.ts";
import type { TrustedProxies } from "./clientAddress.ts";
import { addressOf, type HttpAddress } from "./httpAddress.ts";
import type { EndpointKind, HttpEndpoint, HttpReply } from "./httpEndpoint.ts";
import { HttpRequest } from "./httpRequest.ts";

export interface GatewayDeps {
  /** Asked in this order. */
  readonly kinds: readonly EndpointKind[];
  readonly trustedProxies: TrustedProxies;
  /** Whether a request whose host is a custom domain name is not for the gateway nevertheless. */
  readonly isElsewhere?: (request: RequestHead) => boolean;
  /** Bytes of request bodies held at a time. */
  readonly maxHeldBytes: number;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The body of a request is longer than its endpoint takes. */
export class BodyTooLarge extends Error {}

/** As AWS: all names and values of one request together. */
const MAX_HEADER_BYTES = 10_240;
/** Node.js drops header lines beyond 2,000, also those that say where the request ends. */
const MAX_HEADERS = 1_000;
/** Headers by which an answer acts on its whole host: dropped where the host is Hearth's own. */
const ACTS_ON_HOST = [
  ...["set-cookie", "clear-site-data", "service-worker-allowed", "strict-transport-security", "alt-svc", "nel"],
  ...["report-to", "reporting-endpoints", "accept-ch", "critical-ch", "origin-agent-cluster", "set-login"],
];
/** What the connection decides. An endpoint that could say where its answer ends could write the next answer of a proxy's connection, which is another client's. */
const OF_CONNECTION = [
  ...["connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"],
  "upgrade",
];
const NONE: Buffer = Buffer.alloc(0);

/**
 * The HTTP front: takes the requests for function URLs and APIs from the port that clients know, in the process that runs functions. An address leads to
 * an endpoint of one of the kinds; the endpoint turns the request into an invocation, in this process, and its outcome into a reply. Every request
 * gets exactly one answer.
 *
 * Used by the front door: `addressOf` decides whether a request is for the gateway at all; `handle` answers it.
 */
export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #bodies: Bodies;
  readonly #forms: ReadonlySet<HttpAddress["form"]>;
  /** Connections with a request whose end others may see elsewhere: what comes after it gets no answer. */
  readonly #distrusted = new WeakSet<object>();

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#forms = new Set(deps.kinds.flatMap(({ forms }) => forms));
    this.#bodies = new Bodies({ clock: deps.clock, maxHeldBytes: deps.maxHeldBytes });
  }

  /** What the request is addressed to; `undefined` when it is not for the gateway. */
  addressOf(request: RequestHead): HttpAddress | undefined {
    const { headers, path } = rawRequest(request);
    const address = addressOf(headers.host, path, this.#ownsDomain);
    if (!address || !this.#forms.has(address.form)) return undefined;
    return address.form === "domain" && this.#deps.isElsewhere?.(request) ? undefined : address;
  }

  /** Answers a request for `address`. `channel`: the sandbox that it came from. Never rejects. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    address: HttpAddress,
    channel?: string,
  ): Promise<void> {
    if (request.httpVersionMajor === 1 && this.#distrusted.has(request.socket)) {
      response.destroy();
      return;
    }
    const { random, clock, logger, metrics } = this.#deps;
    const requestId = random.uuid();
    const begun = clock.monotonicMs();
    let body = NONE;
    const read = async (maxBytes: number): Promise<Buffer> => {
      body = await this.#readBody(request, response, maxBytes, channel);
      return body;
    };
    const asked = this.#requestOf(request, address, requestId, channel, () => signalOf(response), read);
    const sending = { headers: undefined, streamed: false, clock, logger };
    try {
      const refusal = malformed(request);
      if (refusal === AMBIGUOUS || refusal === TOO_MANY_HEADERS) {
        this.#distrusted.add(request.socket);
        response.shouldKeepAlive = false;
      }
      const reply = refusal ?? (await this.#serve(asked));
      await sendAnswer(request, response, forClient(reply, address, request.method), { ...sending, requestId });
    } catch (error) {
      if (error instanceof ClientGone || response.headersSent) {
        response.destroy();
        return;
      }
      logger.error({ err: error, requestId, address }, "the gateway failed to answer a request");
      await sendAnswer(request, response, forClient(INTERNAL, address, request.method), { ...sending, requestId });
    } finally {
      this.#bodies.release(body);
      const status = response.writableEnded ? response.statusCode : undefined;
      metrics.answered(address.form, status, clock.monotonicMs() - begun);
    }
  }

  /** Whether `upgrade` takes the request's connection: it asks for the WebSocket protocol, at an address where some kind speaks it. */
  upgrades(request: IncomingMessage): boolean {
    if (request.method !== "GET" || request.headers.upgrade?.toLowerCase() !== "websocket") return false;
    const form = this.addressOf(request)?.form;
    return form !== undefined && this.#deps.kinds.some((kind) => kind.speaksWebSocket && kind.forms.includes(form));
  }

  /** Takes a connection that asks for the WebSocket protocol; refuses it where its endpoint does not speak it. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const address = this.addressOf(request);
    socket.on("error", () => socket.destroy());
    if (!address || malformed(request)) return refuse(socket, "400 Bad Request");
    const none = (): Promise<Buffer> => Promise.resolve(NONE);
    const closed = new AbortController();
    socket.once("close", () => closed.abort(new ClientGone("the client closed the connection")));
    const asked = this.#requestOf(request, address, this.#deps.random.uuid(), undefined, () => closed.signal, none);
    try {
      const found = await this.#find(asked);
      if (found?.upgrade) found.upgrade(asked, socket, head);
      else refuse(socket, "403 Forbidden");
    } catch (error) {
      this.#deps.logger.error({ err: error, address }, "the gateway failed to open a web socket");
      refuse(socket, "500 Internal Server Error");
    }
  }

  /** Ends what is open beyond the requests: connections of web sockets. */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#deps.kinds.map(async (kind) => await kind.drain?.(signal)));
  }

  readonly #ownsDomain = (host: string): boolean => this.#deps.kinds.some((kind) => kind.ownsDomain?.(host));

  async #serve(request: HttpRequest): Promise<HttpReply> {
    const found = this.#find(request);
    const endpoint = found instanceof Promise ? await found : found;
    if (endpoint) return await endpoint.serve(request);
    const { form } = request.address;
    const kind = this.#deps.kinds.find(({ forms, unknown }) => unknown && forms.includes(form));
    return kind?.unknown?.(request) ?? NOT_FOUND;
  }

  #find(request: HttpRequest): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined> {
    const { address } = request;
    const asked = this.#deps.kinds.filter(({ forms }) => forms.includes(address.form));
    return firstOf(asked, address, 0);
  }

  #requestOf(
    request: IncomingMessage,
    address: HttpAddress,
    requestId: string,
    channel: string | undefined,
    signal: () => AbortSignal,
    readBody: (maxBytes: number) => Promise<Buffer>,
  ): HttpRequest {
    const client = this.#deps.trustedProxies.clientOf(request, channel !== undefined);
    const receivedAt = this.#deps.clock.now();
    return new HttpRequest(request, { address, requestId, receivedAt, client, channel, signal, readBody });
  }

  async #readBody(
    request: IncomingMessage,
    response: ServerResponse,
    maxBytes: number,
    channel: string | undefined,
  ): Promise<Buffer> {
    if (!hasBody(request)) return NONE;
    const peer = (): string => channel ?? this.#deps.trustedProxies.clientOf(request).ip;
    const tooLarge = (): Error => new BodyTooLarge(`the body is longer than ${maxBytes} bytes`);
    const start = (): void => sendContinue(request, response);
    return await this.#bodies.read(request, { maxBytes, tooLarge, start }, { peer, isVerified: false });
  }
}

function firstOf(
  kinds: readonly EndpointKind[],
  address: HttpAddress,
  from: number,
): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined> {
  for (let i = from; i < kinds.length; i++) {
    const found = kinds[i]?.find(address);
    if (found instanceof Promise) return found.then((it) => it ?? firstOf(kinds, address, i + 1));
    if (found) return found;
  }
  return undefined;
}

function reply(status: number, message: string): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

const NOT_FOUND = reply(404, "Not Found");
const INTERNAL = reply(500, "Internal Server Error");
const BAD_REQUEST = reply(400, "Bad Request");
/** Where the request ends is a matter of opinion: the connection is closed after the answer. */
const AMBIGUOUS: HttpReply = { ...BAD_REQUEST };
const HEADERS_TOO_LARGE = reply(431, "Request Header Fields Too Large");
const TOO_MANY_HEADERS: HttpReply = { ...HEADERS_TOO_LARGE };

const TRANSFER_ENCODING = "transfer-encoding";

/** The refusal of a request that no endpoint should see. */
function malformed({ rawHeaders }: IncomingMessage): HttpReply | undefined {
  if (rawHeaders.length > 2 * MAX_HEADERS) return TOO_MANY_HEADERS;
  let bytes = 0;
  let hosts = 0;
  let codings = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    bytes += name.length + (rawHeaders[i + 1] as string).length;
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
    if (name.length !== TRANSFER_ENCODING.length || name.toLowerCase() !== TRANSFER_ENCODING) continue;
    if (++codings > 1 || (rawHeaders[i + 1] as string).trim().toLowerCase() !== "chunked") return AMBIGUOUS;
  }
  if (bytes > MAX_HEADER_BYTES) return HEADERS_TOO_LARGE;
  return hosts > 1 ? BAD_REQUEST : undefined;
}

/** The reply as it is sent: by the path form it can neither act as a page of Hearth's own host nor set its cookies. */
function forClient({ status, headers, body }: HttpReply, { isPathForm }: HttpAddress, method: string | undefined) {
  const sent: Record<string, string | string[]> = { ...headers };
  for (const name of OF_CONNECTION) if (sent[name] !== undefined) delete sent[name];
  if (isPathForm) {
    for (const name of ACTS_ON_HOST) delete sent[name];
    sent["content-security-policy"] = "sandbox";
  }
  if (method !== "HEAD" || !(body instanceof Uint8Array)) return { status, headers: sent, body };
  return { status, headers: { ...sent, "Content-Length": String(body.length) }, body: null };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function signalOf(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  const gone = (): void => {
    if (!response.writableFinished) abort.abort(new ClientGone("the client closed the connection"));
  };
  if (response.destroyed) gone();
  else response.once("close", gone);
  return abort.signal;
}
