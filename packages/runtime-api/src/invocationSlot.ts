import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@hearth/kit";
import type { Invocation } from "@hearth/model";
import {
  ALREADY_INITIALISED,
  ALREADY_RESTORED,
  ALREADY_WAITING,
  NOT_ANSWERED,
  refuse,
  RESTORED,
  send,
} from "./answers.ts";
import { nextHeaders } from "./nextHeaders.ts";
import type { Participant } from "./readiness.ts";
import type { RuntimeChannel } from "./runtimeChannel.ts";
import type { UploadSlot } from "./uploadSlot.ts";

/** How long a `next` is parked that overtook the response to the current event: clients may send the two on separate connections. */
const RESPONSE_GRACE_MS = 100;
const EMPTY_EVENT = Buffer.from("{}");

interface ParkedNext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * The runtime's side of `GET …/invocation/next`: one event at a time, delivered to the request that waits for it, then active until it
 * has been answered. At most one request waits and one is parked, so that a sandbox cannot make Hearth hold more.
 */
export class InvocationSlot {
  readonly #channel: RuntimeChannel;
  readonly #uploads: Pick<UploadSlot, "isTaken">;
  readonly #clock: Clock;
  readonly #runtime: Participant;
  #initialised = false;
  #restoring = false;
  #waiting: ServerResponse | undefined;
  /** A `next` that came before the response to the current event had been read. */
  #parked: ParkedNext | undefined;
  #active: Invocation | undefined;
  #responsePath = "";
  #respondingSinceMs: number | undefined;
  /** An event for a runtime that has not asked yet. */
  #undelivered: { readonly invocation: Invocation; readonly deadlineMs: number } | undefined;

  constructor(channel: RuntimeChannel, uploads: Pick<UploadSlot, "isTaken">, clock: Clock) {
    this.#channel = channel;
    this.#uploads = uploads;
    this.#clock = clock;
    this.#runtime = channel.readiness.join();
  }

  /** The runtime has asked for its first event, or reported that its init failed. */
  get isInitialised(): boolean {
    return this.#initialised;
  }

  /** The runtime has asked for its restore, and not for an event yet. */
  get isRestoring(): boolean {
    return this.#restoring && !this.#initialised;
  }

  /** The event that has no answer yet. */
  get active(): Invocation | undefined {
    return this.#active;
  }

  /** Where Hearth's own runtimes send the response to the current event. */
  get responsePath(): string {
    return this.#responsePath;
  }

  /** Hands an event to the request that waits in `next`, or to the next one. The previous event must have been answered. */
  invoke(invocation: Invocation, deadlineMs: number): void {
    this.#active = invocation;
    this.#respondingSinceMs = undefined;
    this.#responsePath = `/hearth/invocation/${invocation.requestId}/response`;
    this.#runtime.works();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) deliver(waiting, invocation, deadlineMs);
    else this.#undelivered = { invocation, deadlineMs };
  }

  onNext(request: IncomingMessage, response: ServerResponse): void {
    if (this.#waiting || this.#parked) return refuse(request, response, ALREADY_WAITING);
    if (this.#uploads.isTaken) {
      this.#parked = { request, response };
      return;
    }
    const undelivered = this.#undelivered;
    if (this.#active && !undelivered) {
      this.#parkForResponse({ request, response });
      return;
    }
    request.resume();
    if (undelivered) {
      this.#undelivered = undefined;
      deliver(response, undelivered.invocation, undelivered.deadlineMs);
      return;
    }
    const isFirst = !this.#initialised;
    this.#initialised = true;
    this.#wait(response, isFirst ? Number(request.headers["hearth-max-rss"]) || undefined : undefined);
  }

  /** `GET …/restore/next`: the runtime has finished its init with SnapStart. Hearth makes no snapshot, so the restore follows at once. */
  onRestoreNext(request: IncomingMessage, response: ServerResponse): void {
    if (this.#initialised) return refuse(request, response, ALREADY_INITIALISED);
    if (this.#restoring) return refuse(request, response, ALREADY_RESTORED);
    this.#restoring = true;
    request.resume();
    this.#channel.listener.onRestore();
    send(response, RESTORED);
  }

  /** The request that brought a response waits for the next event, which will be its answer. */
  waitWith(response: ServerResponse): void {
    this.#wait(response, undefined);
  }

  initFailed(): void {
    this.#initialised = true;
  }

  /** The response to the current event begins to arrive. */
  responding(): void {
    this.#respondingSinceMs ??= this.#clock.monotonicMs();
  }

  get respondingSinceMs(): number | undefined {
    return this.#respondingSinceMs;
  }

  /** The current event has its answer. */
  answered(): void {
    this.#active = undefined;
  }

  /** Takes up the `next` that was parked while a response was read. */
  resumeParked(): void {
    const parked = this.#parked;
    this.#parked = undefined;
    if (parked) this.onNext(parked.request, parked.response);
  }

  /** Forgets requests whose connection has closed. */
  onClosed(socket: Socket): void {
    if (this.#waiting?.req.socket === socket) this.#waiting = undefined;
    if (this.#parked?.request.socket === socket) this.#parked = undefined;
  }

  /** Parks a `next` whose event before may be answered on another connection; refuses it when no response comes. */
  #parkForResponse(parked: ParkedNext): void {
    this.#parked = parked;
    this.#clock.after(RESPONSE_GRACE_MS, () => {
      if (this.#parked !== parked || this.#uploads.isTaken) return;
      this.#parked = undefined;
      refuse(parked.request, parked.response, NOT_ANSWERED);
    });
  }

  #wait(response: ServerResponse, maxRssBytes: number | undefined): void {
    this.#waiting = response;
    this.#channel.listener.onNext(maxRssBytes);
    this.#runtime.waits();
  }
}

function deliver(response: ServerResponse, invocation: Invocation, deadlineMs: number): void {
  const payload = invocation.payload.length === 0 ? EMPTY_EVENT : invocation.payload;
  response.sendDate = false;
  response.writeHead(200, nextHeaders(invocation, deadlineMs, payload.length));
  response.end(payload);
}
