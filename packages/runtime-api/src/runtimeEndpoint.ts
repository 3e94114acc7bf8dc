import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { boundPipelining, type Clock } from "@hearth/kit";
import type { Invocation } from "@hearth/model";
import { INVALID_REQUEST_ID, NOT_FOUND, NOT_RESTORING, NOT_SPECIALISED, refuse } from "./answers.ts";
import { ExtensionRoutes } from "./extensions/extensionRoutes.ts";
import { type Extension } from "./extensions/extension.ts";
import { Extensions, type ShutdownReason } from "./extensions/extensions.ts";
import { SupervisorChannel } from "./extensions/supervisorChannel.ts";
import { InvocationSlot } from "./invocationSlot.ts";
import { Readiness } from "./readiness.ts";
import { receiveInitError } from "./receiveInitError.ts";
import { Responses, type ResponsesDeps } from "./responses.ts";
import type { RuntimeChannel } from "./runtimeChannel.ts";
import type { RuntimeListener } from "./runtimeListener.ts";
import type { Specialisation } from "./specialisation.ts";
import { SpecialisationSlot } from "./specialisationSlot.ts";
import { TelemetryBudget } from "./telemetry/telemetryBudget.ts";
import { TelemetrySubscriptions } from "./telemetry/telemetrySubscriptions.ts";
import { UploadSlot } from "./uploadSlot.ts";

const NEXT_PATH = "/2018-06-01/runtime/invocation/next";
const INIT_ERROR_PATH = "/2018-06-01/runtime/init/error";
const RESTORE_NEXT_PATH = "/2018-06-01/runtime/restore/next";
const RESTORE_ERROR_PATH = "/2018-06-01/runtime/restore/error";
const SPECIALISE_PATH = "/hearth/specialise";
/** A host with a domain; an address has no letter behind its last dot. */
const DOMAIN_NAME = /\.[a-z][a-z0-9-]*\.?(:\d+)?$/i;
/** Below /hearth a response is answered by the next event rather than by 202: one request an invocation, for Hearth's own runtimes. */
const RESPONSE_PATH = /^\/(2018-06-01\/runtime|hearth)\/invocation\/([^/]+)\/(response|error)$/;
/** A connection that carries bytes to a port inside the sandbox. */
const CONNECTION = /^connection\.hearth:(\d+)$/;
const EXTENSION_PATH = /^\/20(20-01-01\/extension|22-07-01\/telemetry|20-08-15\/logs)(\/|$)/;
/** A runtime needs one; forwarders, extensions and their subscriptions some more. */
const MAX_CONNECTIONS = 64;
/** The trailers of a streamed response hold an error document. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Answers a request for AWS's API that a function made from inside its sandbox. */
export type ApiHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface RuntimeEndpointDeps {
  readonly clock: Clock;
  /** Answers signed requests, which no runtime sends. */
  readonly api?: ApiHandler;
  /** Answers what else is there for the sandbox; false for what is not. */
  readonly local?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Shared by all sandboxes of this process. */
  readonly telemetryBudget?: TelemetryBudget;
  /** Makes the FIFO for the output of external extensions. */
  readonly prepareExtensions?: () => Promise<void>;
}

/**
 * The Runtime API of one sandbox: an HTTP server on the sandbox's own Unix socket, so that whatever arrives comes from that sandbox.
 * What arrives is hostile: sizes, connections and requests that wait are bounded, and a request out of order gets AWS's 4xx.
 *
 * unassigned ─▶ specialised ─▶ ready ⇄ active (an event is out and not answered)
 */
export class RuntimeEndpoint implements AsyncDisposable {
  readonly #server: Server;
  readonly #api: ApiHandler | undefined;
  readonly #channel: RuntimeChannel;
  readonly #specialisation: SpecialisationSlot;
  readonly #uploads: UploadSlot;
  readonly #invocations: InvocationSlot;
  readonly #responsesDeps: ResponsesDeps;
  readonly #responses: Responses;
  readonly #deps: RuntimeEndpointDeps;
  /** Made when something in the sandbox asks for the Extensions API. */
  #extensions: Extensions | undefined;
  #telemetry: TelemetrySubscriptions | undefined;
  #extensionRoutes: ExtensionRoutes | undefined;
  /** Where there is no supervisor, whatever carries the Runtime API's port to this socket connects to listeners: it opens this connection before it carries the first one. */
  readonly #portCarrier: SupervisorChannel;

  private constructor(listener: RuntimeListener, deps: RuntimeEndpointDeps) {
    const { clock } = deps;
    this.#deps = deps;
    this.#api = deps.api;
    this.#portCarrier = new SupervisorChannel(clock, () => undefined);
    const readiness = new Readiness(() => channel.listener.onAllWaiting());
    const channel: RuntimeChannel = { listener, readiness };
    this.#channel = channel;
    this.#specialisation = new SpecialisationSlot(channel);
    this.#uploads = new UploadSlot(() => this.#invocations.resumeParked());
    this.#invocations = new InvocationSlot(channel, this.#uploads, clock);
    this.#responsesDeps = { channel, uploads: this.#uploads, invocations: this.#invocations };
    this.#responses = new Responses(this.#responsesDeps);
    // keepAliveTimeout 0: between an event and its response the connection is silent for as long as the function runs.
    this.#server = createServer({
      keepAliveTimeout: 0,
      headersTimeout: 60_000,
      requestTimeout: 1_000_000,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("request", (request, response) => this.#route(request, response));
    boundPipelining(this.#server);
    // What is connected to is no address: CONNECT asks for a connection of bytes, and no client of AWS's APIs sends it.
    this.#server.on("connect", (request, socket, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      if (this.#specialisation.isSpecialised) this.#connected(request, socket);
      else socket.destroy();
    });
    this.#server.on("connection", (socket: Socket) => {
      socket.on("close", () => this.#onClosed(socket));
    });
  }

  /** Listens on the Unix socket at `path`, which anyone in the sandbox may connect to. */
  static async listen(path: string, listener: RuntimeListener, deps: RuntimeEndpointDeps): Promise<RuntimeEndpoint> {
    const endpoint = new RuntimeEndpoint(listener, deps);
    await new Promise<void>((resolve, reject) => {
      endpoint.#server.once("error", reject);
      endpoint.#server.listen({ path, readableAll: true, writableAll: true }, () => {
        endpoint.#server.removeListener("error", reject);
        resolve();
      });
    });
    return endpoint;
  }

  /** Which of the sandbox's processes wait for an event. */
  get readiness(): Pick<Readiness, "allWaiting" | "whenAllWaiting"> {
    return this.#channel.readiness;
  }

  /** From now on `listener` is called instead of the previous one. */
  listenTo(listener: RuntimeListener): void {
    this.#channel.listener = listener;
  }

  /** Tells the waiting runtime, or the one that will ask, which function it is to run. Called once. */
  specialise(specialisation: Specialisation): void {
    this.#specialisation.specialise(specialisation);
  }

  /** Hands an event to the runtime that waits in `next`, or to the next `next`. The previous event must have been answered. */
  invoke(invocation: Invocation, deadlineMs: number): void {
    this.#invocations.invoke(invocation, deadlineMs);
    if (!this.#extensions) return;
    this.#telemetry?.close();
    this.#extensions.invoke(invocation, deadlineMs);
  }

  /** When the runtime began to send its response to the current event, on the monotonic clock. */
  get respondingSinceMs(): number | undefined {
    return this.#invocations.respondingSinceMs;
  }

  /** The function's extensions: none for most functions. */
  get extensions(): readonly Extension[] {
    return this.#extensions ? [...this.#extensions.all] : [];
  }

  /** Where to publish what happens in the sandbox, once there is an extension. */
  get telemetry(): TelemetrySubscriptions | undefined {
    return this.#telemetry;
  }

  /** See `Extensions`. */
  async shutDown(reason: ShutdownReason): Promise<number> {
    if (!this.#extensions) return 0;
    return await this.#extensions.shutDown(reason, this.#telemetry?.flush());
  }

  /** Closes the socket and every connection. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#extensions?.[Symbol.dispose]();
    this.#portCarrier[Symbol.dispose]();
    this.#telemetry?.[Symbol.dispose]();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "" } = request;
    if (method === "POST" && url === this.#invocations.responsePath)
      this.#responses.onPosted("response", true, request, response);
    else if (method === "GET" && url === NEXT_PATH) this.#next(request, response);
    else if (method === "GET" && url === SPECIALISE_PATH)
      this.#specialisation.onAsked(request, response, this.#invocations.isInitialised);
    else if (method === "POST" && url === INIT_ERROR_PATH) this.#initError(request, response);
    else if (method === "POST" && RESPONSE_PATH.test(url)) this.#response(url, request, response);
    else if (this.#specialisation.hasSnapStart && isRestore(method, url)) this.#restore(method, request, response);
    else if (this.#api && this.#specialisation.isSpecialised && isForHearth(request)) this.#api(request, response);
    else if (!this.#serveExtensions(request, response) && this.#deps.local?.(request, response) !== true)
      refuse(request, response, NOT_FOUND);
  }

  #serveExtensions(request: IncomingMessage, response: ServerResponse): boolean {
    if (!EXTENSION_PATH.test(request.url ?? "") || !this.#specialisation.isSpecialised) return false;
    this.#openExtensions();
    return this.#extensionRoutes?.serve(request, response) === true;
  }

  #connected(request: IncomingMessage, socket: Duplex): void {
    const { url = "" } = request;
    if (url === "carrier.hearth:1") return this.#portCarrier.accept(socket);
    const id = CONNECTION.exec(url)?.[1];
    if (id === undefined) this.#openExtensions().acceptSupervisor(request, socket);
    else this.#connector.acceptConnection(id, request, socket);
  }

  /** What connects to ports inside the sandbox. */
  get #connector(): SupervisorChannel {
    return this.#extensions?.supervisor.isOpen ? this.#extensions.supervisor : this.#portCarrier;
  }

  #openExtensions(): Extensions {
    if (this.#extensions) return this.#extensions;
    const { clock, prepareExtensions = () => Promise.resolve(), telemetryBudget = new TelemetryBudget() } = this.#deps;
    const channel = this.#channel;
    const extensions = new Extensions({
      channel,
      clock,
      prepareOutput: prepareExtensions,
      onFound: () => this.#specialisation.allowAgain(),
    });
    const telemetry = new TelemetrySubscriptions({
      clock,
      connect: (port) => this.#connector.connect(port),
      budget: telemetryBudget,
      canConnect: () => this.#connector.isOpen,
      onSubscribed: (subscription) => channel.listener.onSubscribed(subscription),
    });
    const isInitialised = (): boolean => this.#invocations.isInitialised;
    const fn = this.#specialisation.fn;
    this.#extensionRoutes = new ExtensionRoutes({ extensions, telemetry, fn, isInitialised });
    this.#extensions = extensions;
    this.#telemetry = telemetry;
    channel.listener.onExtensions(telemetry);
    return extensions;
  }

  #next(request: IncomingMessage, response: ServerResponse): void {
    if (this.#specialisation.isSpecialised) this.#invocations.onNext(request, response);
    else refuse(request, response, NOT_SPECIALISED);
  }

  #initError(request: IncomingMessage, response: ServerResponse): void {
    if (this.#specialisation.isSpecialised) receiveInitError(request, response, this.#responsesDeps);
    else refuse(request, response, NOT_SPECIALISED);
  }

  #restore(method: string | undefined, request: IncomingMessage, response: ServerResponse): void {
    if (method === "GET") this.#invocations.onRestoreNext(request, response);
    else if (this.#invocations.isRestoring) receiveInitError(request, response, this.#responsesDeps);
    else refuse(request, response, NOT_RESTORING);
  }

  #response(url: string, request: IncomingMessage, response: ServerResponse): void {
    const [, api, requestId, kind] = RESPONSE_PATH.exec(url) ?? [];
    if (requestId !== this.#invocations.active?.requestId) return refuse(request, response, INVALID_REQUEST_ID);
    this.#responses.onPosted(kind === "error" ? "error" : "response", api === "hearth", request, response);
  }

  /** Forgets what a closed connection was waiting for or sending. */
  #onClosed(socket: Socket): void {
    this.#specialisation.onClosed(socket);
    this.#invocations.onClosed(socket);
    this.#uploads.onClosed(socket);
    this.#extensions?.onClosed(socket);
  }
}

function isRestore(method: string | undefined, url: string): boolean {
  return (method === "GET" && url === RESTORE_NEXT_PATH) || (method === "POST" && url === RESTORE_ERROR_PATH);
}

/** Whether a request is for AWS's API, a function URL or an API: requests to the Runtime API are not signed, and name an address as host. */
function isForHearth(request: IncomingMessage): boolean {
  const { headers, url = "" } = request;
  const isSigned = headers.authorization?.startsWith("AWS4-") === true || url.includes("X-Amz-Signature=");
  return isSigned || url.startsWith("/_hearth/") || DOMAIN_NAME.test(headers.host ?? "");
}
