import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@hearth/kit";
import { type Invocation, MAX_RESPONSE_BYTES, MAX_STREAMED_RESPONSE_BYTES, type ResponseSink } from "@hearth/model";
import * as answers from "./answers.ts";
import { collectBody } from "./collectBody.ts";
import { nextHeaders } from "./nextHeaders.ts";
import type { RuntimeListener } from "./runtimeListener.ts";
import type { Specialisation } from "./specialisation.ts";
import { isStreamed, streamBody, streamFailure } from "./streamBody.ts";

const NEXT_PATH = "/2018-06-01/runtime/invocation/next";
/** Below /hearth the answer to an outcome is not 202 but the next event: one request an invocation, for our own runtimes. */
const OUTCOME_PATH = /^\/(2018-06-01\/runtime|hearth)\/invocation\/([^/]+)\/(response|error)$/;
const MAX_INIT_ERROR_BYTES = 256 * 1024;
/** A runtime needs one; forwarders, extensions and their subscriptions some more. */
const MAX_CONNECTIONS = 64;
/** The trailers of a streamed answer hold an error document. */
const MAX_HEADER_BYTES = 64 * 1024;
/** How long a `next` is held that came before the answer to the event that is out: clients may send the two on connections of their own. */
const ANSWER_GRACE_MS = 100;
const EMPTY_EVENT = Buffer.from("{}");
const NOTHING = Buffer.alloc(0);

/** Answers a request for AWS's API that a function made from inside its sandbox. */
export type ApiHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The Runtime API of one sandbox: an HTTP server on the sandbox's own Unix socket, so that whatever arrives comes from that sandbox.
 * What arrives is hostile: sizes, connections and requests that wait are bounded, and a request out of order gets AWS's 4xx.
 *
 * nobody's ─▶ specialised ─▶ ready ⇄ active (an event is out and not answered)
 */
export class RuntimeEndpoint implements AsyncDisposable {
  readonly #server: Server;
  #listener: RuntimeListener;
  readonly #clock: Clock;
  readonly #api: ApiHandler | undefined;
  #specialisation: Specialisation | undefined;
  #specialisationTaken = false;
  #initialised = false;
  /** Requests that wait for us: at most one of each, so that a sandbox cannot make us hold more. */
  #waitingSpecialise: ServerResponse | undefined;
  #waitingNext: ServerResponse | undefined;
  /** A `next` that came while the response before it was still on its way or being read. */
  #parkedNext: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  #upload: IncomingMessage | undefined;
  /** The upload is an answer on its way to the invocation's sink. */
  #streaming = false;
  /** The event that is out and not answered. */
  #active: Invocation | undefined;
  /** Where our own runtimes send its response. */
  #responsePath = "";
  /** An event for a runtime that has not asked yet. */
  #undelivered: { readonly invocation: Invocation; readonly deadlineMs: number } | undefined;

  private constructor(listener: RuntimeListener, clock: Clock, api: ApiHandler | undefined) {
    this.#listener = listener;
    this.#clock = clock;
    this.#api = api;
    // keepAliveTimeout 0: between an event and its response the connection is silent for as long as the function runs.
    this.#server = createServer({
      keepAliveTimeout: 0,
      headersTimeout: 60_000,
      requestTimeout: 1_000_000,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("request", (request, response) => this.#take(request, response));
    this.#server.on("connection", (socket: Socket) => {
      socket.on("close", () => this.#dropped(socket));
    });
  }

  /** Listens on the Unix socket at `path`, which anyone in the sandbox may connect to. Signed requests, which are no runtime's, are `api`'s. */
  static async listen(
    path: string,
    listener: RuntimeListener,
    clock: Clock,
    api?: ApiHandler,
  ): Promise<RuntimeEndpoint> {
    const endpoint = new RuntimeEndpoint(listener, clock, api);
    await new Promise<void>((resolve, reject) => {
      endpoint.#server.once("error", reject);
      endpoint.#server.listen({ path, readableAll: true, writableAll: true }, () => {
        endpoint.#server.removeListener("error", reject);
        resolve();
      });
    });
    return endpoint;
  }

  /** From now on `listener` is told instead of the one before. */
  listenTo(listener: RuntimeListener): void {
    this.#listener = listener;
  }

  /** Tells the waiting runtime, or the one that will ask, whose function it is. Once. */
  specialise(specialisation: Specialisation): void {
    this.#specialisation = specialisation;
    const waiting = this.#waitingSpecialise;
    this.#waitingSpecialise = undefined;
    if (waiting) this.#sendSpecialisation(waiting);
  }

  /** Hands an event to the runtime that waits in `next`, or to the next `next`. The one before must have been answered. */
  invoke(invocation: Invocation, deadlineMs: number): void {
    this.#active = invocation;
    this.#responsePath = `/hearth/invocation/${invocation.requestId}/response`;
    const waiting = this.#waitingNext;
    this.#waitingNext = undefined;
    if (waiting) this.#deliver(waiting, invocation, deadlineMs);
    else this.#undelivered = { invocation, deadlineMs };
  }

  /** Closes the socket and every connection. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "" } = request;
    if (method === "POST" && url === this.#responsePath) this.#outcome("response", true, request, response);
    else if (method === "GET" && url === NEXT_PATH) this.#next(request, response);
    else if (method === "GET" && url === "/hearth/specialise") this.#askedSpecialise(request, response);
    else if (method === "POST" && url === "/2018-06-01/runtime/init/error") this.#initError(request, response);
    else if (method === "POST" && OUTCOME_PATH.test(url)) this.#outcomeAt(url, request, response);
    else if (this.#api && this.#specialisation && isSigned(request)) this.#api(request, response);
    else this.#refuse(request, response, answers.NOT_FOUND);
  }

  #outcomeAt(url: string, request: IncomingMessage, response: ServerResponse): void {
    const [, api, requestId, kind] = OUTCOME_PATH.exec(url) ?? [];
    if (requestId !== this.#active?.requestId) return this.#refuse(request, response, answers.INVALID_REQUEST_ID);
    this.#outcome(kind === "error" ? "error" : "response", api === "hearth", request, response);
  }

  /** Once the request has been read: who is answered, and closed on, while still sending may not get to read the answer. */
  #refuse(request: IncomingMessage, response: ServerResponse, answer: answers.Answer): void {
    request.resume().once("end", () => answers.send(response, answer));
  }

  #askedSpecialise(request: IncomingMessage, response: ServerResponse): void {
    if (this.#initialised) return this.#refuse(request, response, answers.ALREADY_INITIALISED);
    if (this.#waitingSpecialise) return this.#refuse(request, response, answers.ALREADY_WAITING);
    request.resume();
    if (this.#specialisation) {
      this.#sendSpecialisation(response);
      return;
    }
    this.#waitingSpecialise = response;
    this.#listener.onWaiting();
  }

  #sendSpecialisation(response: ServerResponse): void {
    // Only the first to ask is sent back to start afresh; who asks again has done so.
    const freshProcess = this.#specialisation?.freshProcess === true && !this.#specialisationTaken;
    this.#specialisationTaken = true;
    const body = Buffer.from(JSON.stringify({ ...this.#specialisation, freshProcess }));
    response.sendDate = false;
    response.writeHead(200, ["Content-Type", "application/json", "Content-Length", String(body.length)]);
    response.end(body);
  }

  #next(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#specialisation) return this.#refuse(request, response, answers.NOT_SPECIALISED);
    if (this.#waitingNext || this.#parkedNext) return this.#refuse(request, response, answers.ALREADY_WAITING);
    if (this.#upload) {
      this.#parkedNext = { request, response };
      return;
    }
    const undelivered = this.#undelivered;
    if (this.#active && !undelivered) {
      this.#hold({ request, response });
      return;
    }
    request.resume();
    if (undelivered) {
      this.#undelivered = undefined;
      this.#deliver(response, undelivered.invocation, undelivered.deadlineMs);
      return;
    }
    const first = !this.#initialised;
    this.#initialised = true;
    this.#waitingNext = response;
    this.#listener.onNext(first ? Number(request.headers["hearth-max-rss"]) || undefined : undefined);
  }

  /** Parks a `next` that has come before the answer, which may be on its way; refuses it when none comes. */
  #hold(parked: { readonly request: IncomingMessage; readonly response: ServerResponse }): void {
    this.#parkedNext = parked;
    this.#clock.after(ANSWER_GRACE_MS, () => {
      if (this.#parkedNext !== parked || this.#upload) return;
      this.#parkedNext = undefined;
      this.#refuse(parked.request, parked.response, answers.NOT_ANSWERED);
    });
  }

  #deliver(response: ServerResponse, invocation: Invocation, deadlineMs: number): void {
    const payload = invocation.payload.length === 0 ? EMPTY_EVENT : invocation.payload;
    response.sendDate = false;
    response.writeHead(200, nextHeaders(invocation, deadlineMs, payload.length));
    response.end(payload);
  }

  #outcome(kind: "response" | "error", thenNext: boolean, request: IncomingMessage, response: ServerResponse): void {
    if (this.#upload) return this.#refuse(request, response, answers.BUSY);
    const active = this.#active;
    if (active?.sink && kind === "response" && isStreamed(request)) {
      this.#stream(active.sink, thenNext, request, response);
      return;
    }
    this.#receive(request, MAX_RESPONSE_BYTES, (body) => {
      if (!active || this.#active !== active) {
        answers.send(response, answers.INVALID_REQUEST_ID);
        return;
      }
      this.#active = undefined;
      if (!thenNext) answers.send(response, body ? answers.ACCEPTED : answers.TOO_LARGE);
      const failure = kind === "response" ? streamFailure(request) : undefined;
      if (!body) this.#listener.onTooLarge(MAX_RESPONSE_BYTES);
      else if (failure) this.#listener.onError(failure.payload, failure.errorType);
      else if (kind === "response") this.#listener.onResponse(body);
      else this.#listener.onError(body, errorTypeOf(request));
      if (thenNext) this.#waitWith(response);
    });
  }

  /** Passes an answer on as it comes. What is too large is told at once, and the rest of it dropped. */
  #stream(sink: ResponseSink, thenNext: boolean, request: IncomingMessage, response: ServerResponse): void {
    let tooLarge = false;
    const onTooLarge = (): void => {
      tooLarge = true;
      this.#active = undefined;
      this.#listener.onTooLarge(MAX_STREAMED_RESPONSE_BYTES);
    };
    this.#upload = request;
    this.#streaming = true;
    streamBody(request, sink, { maxBytes: MAX_STREAMED_RESPONSE_BYTES, onTooLarge }, () => {
      this.#upload = undefined;
      this.#streaming = false;
      this.#active = undefined;
      if (!thenNext) answers.send(response, tooLarge ? answers.TOO_LARGE : answers.ACCEPTED);
      const failure = streamFailure(request);
      if (failure && !tooLarge) this.#listener.onError(failure.payload, failure.errorType);
      else if (!tooLarge) this.#listener.onResponse(NOTHING);
      if (thenNext) this.#waitWith(response);
      this.#received();
    });
  }

  /** The answer to an outcome is the next event. */
  #waitWith(response: ServerResponse): void {
    this.#waitingNext = response;
    this.#listener.onNext(undefined);
  }

  #initError(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#specialisation) return this.#refuse(request, response, answers.NOT_SPECIALISED);
    if (this.#initialised) return this.#refuse(request, response, answers.ALREADY_INITIALISED);
    if (this.#upload) return this.#refuse(request, response, answers.BUSY);
    this.#receive(request, MAX_INIT_ERROR_BYTES, (body) => {
      if (this.#initialised) {
        answers.send(response, answers.ALREADY_INITIALISED);
        return;
      }
      this.#initialised = true;
      answers.send(response, body ? answers.ACCEPTED : answers.TOO_LARGE);
      this.#listener.onInitError(body ?? Buffer.from("{}"), errorTypeOf(request));
    });
  }

  /** One upload at a time, so that a sandbox can make us hold one body at most; then the `next` that came with it. */
  #receive(request: IncomingMessage, maxBytes: number, done: (body: Buffer | undefined) => void): void {
    this.#upload = request;
    collectBody(request, maxBytes, (body) => {
      this.#upload = undefined;
      done(body);
      this.#received();
    });
  }

  /** Takes up the `next` that came with the upload. */
  #received(): void {
    const parked = this.#parkedNext;
    this.#parkedNext = undefined;
    if (parked) this.#next(parked.request, parked.response);
  }

  /** Forgets what a closed connection was waiting for or sending. */
  #dropped(socket: Socket): void {
    if (this.#waitingSpecialise?.req.socket === socket) this.#waitingSpecialise = undefined;
    if (this.#waitingNext?.req.socket === socket) this.#waitingNext = undefined;
    if (this.#parkedNext?.request.socket === socket) this.#parkedNext = undefined;
    if (this.#upload?.socket !== socket) return;
    this.#upload = undefined;
    if (!this.#streaming) return;
    this.#streaming = false;
    this.#active = undefined;
    this.#listener.onTruncated();
  }
}

/** For AWS's API: no runtime signs what it says to its own. */
function isSigned({ headers, url = "" }: IncomingMessage): boolean {
  return headers.authorization?.startsWith("AWS4-") === true || url.includes("X-Amz-Signature=");
}

function errorTypeOf(request: IncomingMessage): string {
  const type = request.headers["lambda-runtime-function-error-type"];
  return typeof type === "string" && type !== "" ? type.slice(0, 256) : "Unhandled";
}
