import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { boundPieces, boundPipelining, type Clock, Counter, type Registry } from "@hearth/kit";
import type { Gateway, TrustedProxies } from "@hearth/gateway";
import {
  holdContinue,
  type HostRoute,
  HostRoutes,
  type RequestHandler,
  type RequestHead,
  type WholeRequest,
  type WholeRequestHandler,
  type WholeResponse,
} from "@hearth/wire";
import express from "express";
import type { Certificates } from "./certificates.ts";
import type { ListenAddress } from "./config.ts";
import { type Connection, type ConnectionLimits, Connections } from "./connections.ts";
import { Http2Door } from "./http2Door.ts";
import { decideHttpVersion, type HttpVersions } from "./httpVersion.ts";
import { ProxiedClients } from "./proxiedClients.ts";
import type { LandingPage } from "./landingPage.ts";
import { listen } from "./listen.ts";
import { WholeRequests } from "./wholeRequests.ts";

/** GET requests without a signature that go elsewhere. */
export interface LinkRoute {
  readonly matches: (url: string) => boolean;
  /** Takes requests of every method, also with an Authorization header. */
  readonly isReceiver: boolean;
  readonly handle: RequestHandler;
}

export interface FrontDoorDeps {
  /** The AWS endpoint: answers every request that is not for operations. */
  readonly aws: RequestHandler;
  /** Takes those of its requests that come in one piece; without it, node:http reads all. */
  readonly awsWhole?: WholeRequestHandler;
  /** Takes the requests for function URLs and APIs; absent in a process that runs no functions. */
  readonly gateway?: Gateway;
  /** Host names whose requests go elsewhere, signed or not. */
  readonly hosts: readonly HostRoute<RequestHandler>[];
  /** Links without a signature, which are followed before anything else is looked at. */
  readonly links?: readonly LinkRoute[];
  /** Answers `GET /` of browsers and terminals. */
  readonly landingPage?: LandingPage;
  /** Why this process is not ready for requests; `undefined` when it is. */
  readonly notReady: () => string | undefined;
  /** What does not work at the moment, one line each. The process is ready nevertheless: warm invocations go on. */
  readonly problems: () => readonly string[];
  readonly clock: Clock;
  readonly registry: Registry;
  readonly limits: ConnectionLimits;
  /** Proxies that name the clients of their requests. */
  readonly proxies?: Pick<TrustedProxies, "trusts" | "namedClient">;
  /** For the port that speaks TLS; absent where there is none. */
  readonly certificates?: Pick<Certificates, "contextFor" | "follow">;
}

/** The pages for people and probes are read with other methods. */
const DIRECT: ReadonlySet<string> = new Set(["POST", "PUT", "DELETE", "PATCH"]);
/** Clients keep connections open. Ours stay open longer than the 60 s after which common proxies and SDKs close theirs. */
const KEEP_ALIVE_MS = 75_000;
/** From a request's first byte, or the connection's beginning, to the end of the request's headers. */
const HEADERS_MS = 20_000;

const REFUSAL = JSON.stringify({ message: "Too Many Requests" });
const REFUSED_UPGRADE = `HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${REFUSAL.length}\r\n\r\n${REFUSAL}`;
const NOT_COUNTED = (): void => undefined;

/** To a client of a trusted proxy that has too many requests at a time. */
function refuse(request: RequestHead, response: ServerResponse | WholeResponse): void {
  const connection = request.httpVersionMajor === 2 ? {} : { Connection: "close" };
  const headers = { "Content-Type": "application/json", "Content-Length": REFUSAL.length, ...connection };
  response.writeHead(429, headers);
  response.end(REFUSAL);
}

/**
 * The one port that clients know, for HTTP/1.1 and HTTP/2. Hosts with a route of their own are handled first. An Invoke, and all of HTTP/2, goes
 * straight to the AWS endpoint, and requests for function URLs and APIs straight to the gateway; everything else goes through express: `/healthz` and `/readyz` for monitoring, `/` for people, then the AWS endpoint.
 */
export class FrontDoor implements AsyncDisposable {
  readonly #gateway: Gateway | undefined;
  readonly #server;
  readonly #connections: Connections;
  readonly #proxies: FrontDoorDeps["proxies"];
  readonly #clients: ProxiedClients;
  readonly #onRefused: () => void;
  readonly #http2: Http2Door;
  readonly #whole: WholeRequests;
  readonly #tls: TlsServer | undefined;
  /** Connections that have not sent anything yet. */
  readonly #undecided = new Set<Socket>();
  readonly #idle: (() => void)[] = [];
  #inFlight = 0;
  #closing = false;

  constructor(deps: FrontDoorDeps) {
    const { gateway, proxies } = deps;
    this.#gateway = gateway;
    this.#proxies = proxies;
    this.#clients = new ProxiedClients(deps.limits.perPeer);
    this.#server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: 5_000,
      requestTimeout: 0, // bodies are limited while they are read
      shouldUpgradeCallback: (request) => gateway?.upgrades(request) === true,
    });
    if (gateway) {
      this.#server.on("upgrade", (request, socket, head) => {
        const ended = this.#admit(request);
        if (!ended) return void socket.end(REFUSED_UPGRADE);
        socket.once("close", ended);
        // In use until it is closed.
        const connection = this.#connections.find(request.socket);
        if (connection) this.#connections.begin(connection);
        void gateway.upgrade(request, socket, head);
      });
    }
    const closed = new Counter({
      name: "hearth_connections_closed_total",
      help: "Connections of clients that were closed because there were too many (limit), because no request came (idle), because many came without waiting for answers (pipelining), or because of frames of HTTP/2 that carry little or nothing (frames).",
      labelNames: ["reason"],
      registers: [deps.registry],
    });
    this.#onRefused = () => closed.inc({ reason: "limit" });
    this.#connections = new Connections({
      clock: deps.clock,
      limits: deps.limits,
      idleMs: KEEP_ALIVE_MS + 5_000,
      ...(proxies && { isProxy: (address: string) => proxies.trusts(address) }),
      onClosed: (reason) => closed.inc({ reason }),
    });
    const handle = this.#count(requestListener(deps));
    const onExpectContinue: RequestListener = (request, response) => {
      holdContinue(request);
      handle(request, response);
    };
    this.#http2 = new Http2Door({
      ...{ listener: handle, onExpectContinue, idleMs: KEEP_ALIVE_MS, clock: deps.clock },
      onFlood: () => closed.inc({ reason: "frames" }),
    });
    this.#server.on("request", handle);
    this.#server.on("checkContinue", onExpectContinue);
    boundPieces(this.#server);
    boundPipelining(this.#server, () => closed.inc({ reason: "pipelining" }));
    // The server accepts all connections and goes on with those that turn out to be its own.
    const [serveHttp1] = this.#server.listeners("connection");
    this.#server.removeAllListeners("connection");
    this.#whole = new WholeRequests({
      clock: deps.clock,
      keepAliveMs: KEEP_ALIVE_MS,
      firstByteMs: HEADERS_MS,
      takes: deps.awsWhole ? isForAws(deps) : () => false,
      serve: (request, response) => {
        if (this.#begin(request, response)) deps.awsWhole?.(request, response);
      },
      http1: (socket) => void serveHttp1?.call(this.#server, socket),
    });
    const versions: HttpVersions = {
      http1: (socket) => {
        this.#undecided.delete(socket);
        this.#whole.accept(socket);
      },
      http2: (socket) => {
        this.#undecided.delete(socket);
        this.#http2.accept(socket, this.#activityOf(socket));
      },
    };
    this.#server.on("connection", (socket: Socket) => {
      if (!this.#connections.accept(socket)) return;
      this.#undecided.add(socket);
      socket.once("close", () => this.#undecided.delete(socket));
      decideHttpVersion(socket, versions, HEADERS_MS);
    });
    this.#tls = deps.certificates && this.#openTls(deps.certificates, deps.limits.total, versions);
  }

  /** Connections go on as those of the plain port, once their handshake is done; it also decides the version of HTTP. */
  #openTls(
    certificates: Pick<Certificates, "contextFor" | "follow">,
    maxConnections: number,
    versions: HttpVersions,
  ): TlsServer {
    const server = createTlsServer({
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: HEADERS_MS,
      SNICallback: (name, found) => found(null, certificates.contextFor(name)),
      minVersion: "TLSv1.2",
    });
    server.maxConnections = maxConnections;
    // Clients that name no host are not asked about: they are shown the server's own.
    certificates.follow((first) => server.setSecureContext(first));
    server.on("secureConnection", (socket) => {
      if (!this.#connections.accept(socket)) return;
      if (socket.alpnProtocol === "h2") versions.http2(socket);
      else versions.http1(socket);
    });
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return server;
  }

  /** Listens for TLS too. Throws a StartError when the address cannot be used. */
  async listenTls(address: ListenAddress, reserved?: Server): Promise<ListenAddress | undefined> {
    return this.#tls && (await listen(this.#tls, address, "HEARTH_TLS_LISTEN", reserved));
  }

  /** Throws a StartError when the address cannot be used. */
  listen(address: ListenAddress, reserved?: Server): Promise<ListenAddress> {
    return listen(this.#server, address, "HEARTH_LISTEN", reserved);
  }

  /** The number of requests that have no answer yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes no further connections; resolves when every request in flight has been answered and web sockets are closed, or `signal` aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#server.close();
    this.#tls?.close();
    this.#server.closeIdleConnections();
    this.#whole.close();
    this.#http2.closeGracefully();
    for (const socket of this.#undecided) socket.destroy();
    await Promise.all([this.#answered(signal), this.#gateway?.drain(signal)]);
  }

  async #answered(signal: AbortSignal): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#tls?.close();
    this.#server.closeAllConnections();
    this.#whole.destroy();
    this.#http2.destroy();
    for (const socket of this.#undecided) socket.destroy();
  }

  /** Counts a request that comes through a trusted proxy with its client, until what it resolves to is called; `undefined` when the client has too many. */
  #admit(request: RequestHead): (() => void) | undefined {
    const client = this.#proxies?.namedClient(request);
    if (client === undefined) return NOT_COUNTED;
    const ended = this.#clients.begin(client);
    if (!ended) this.#onRefused();
    return ended;
  }

  #activityOf(socket: Socket): { readonly onStream: () => void; readonly onStreamClosed: () => void } {
    const connection = this.#connections.find(socket);
    return {
      onStream: () => connection && this.#connections.begin(connection),
      onStreamClosed: () => connection && this.#connections.end(connection),
    };
  }

  #count(handle: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      if (this.#begin(request, response)) handle(request, response);
    };
  }

  /** Counts a request until it is answered; `false` when it was refused. */
  #begin(request: IncomingMessage | WholeRequest, response: ServerResponse | WholeResponse): boolean {
    const ended = this.#admit(request);
    if (!ended) {
      refuse(request, response);
      return false;
    }
    const connection: Connection | undefined =
      request.httpVersionMajor === 2 ? undefined : this.#connections.find(request.socket);
    if (connection) this.#connections.begin(connection, request);
    this.#inFlight++;
    if (this.#closing && request.httpVersionMajor !== 2) response.shouldKeepAlive = false;
    response.once("close", () => {
      ended();
      this.#inFlight--;
      if (connection) this.#connections.end(connection);
      if (this.#closing) this.#server.closeIdleConnections();
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
    return true;
  }
}

/** Whether a request that came whole is for the AWS endpoint: what `requestListener` decides, for a POST. */
function isForAws({ gateway, hosts, links = [] }: FrontDoorDeps): (request: WholeRequest) => boolean {
  const routes = new HostRoutes(hosts);
  return (request) => !gateway?.addressOf(request) && !routes.find(request.headers.host) && !linkOf(request, links);
}

function requestListener(deps: FrontDoorDeps): RequestListener {
  const app = application(deps);
  const hosts = new HostRoutes(deps.hosts);
  return (request, response) => {
    const address = deps.gateway?.addressOf(request);
    if (deps.gateway && address) return void deps.gateway.handle(request, response, address);
    const hosted = hosts.find(request.headers.host ?? request.headers[":authority"]?.toString());
    const link = hosted ? undefined : linkOf(request, deps.links ?? []);
    if (hosted) hosted.target(request, response);
    else if (link) link.handle(request, response);
    else if (request.httpVersionMajor === 2) deps.aws(request, response);
    else if (DIRECT.has(request.method ?? "")) deps.aws(request, response);
    else app(request, response);
    return undefined;
  };
}

function linkOf({ method, headers, url = "" }: RequestHead, links: readonly LinkRoute[]): LinkRoute | undefined {
  const isPlain = method === "GET" && headers.authorization === undefined && !url.includes("X-Amz-");
  return links.find((link) => (isPlain || link.isReceiver) && link.matches(url));
}

function application({ aws, landingPage, notReady, problems }: FrontDoorDeps): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/healthz", (_request, response) => void response.type("text").send("alive\n"));
  app.get("/readyz", (_request, response) => {
    const reason = notReady();
    response
      .status(reason === undefined ? 200 : 503)
      .type("text")
      .send(`${[reason ?? "ready", ...problems()].join("\n")}\n`);
  });
  app.get("/", (request, response, next) => {
    if (!landingPage?.answer(request, response)) next();
  });
  app.use((request, response) => aws(request, response));
  return app;
}
