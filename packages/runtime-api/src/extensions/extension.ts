import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Participant } from "../readiness.ts";

export const EXTENSION_EVENTS = ["INVOKE", "SHUTDOWN"] as const;
export type ExtensionEvent = (typeof EXTENSION_EVENTS)[number];

/**
 * The states of an extension as its log line names them:
 *
 *     Started ─▶ Registered ─▶ Ready          (it has asked for its first event)
 *     LaunchError, InitError, ExitError, Exited, ShutdownFailed: it is of no more use
 */
export type ExtensionState = "Started" | "Registered" | "Ready" | "LaunchError" | "InitError" | "ExitError" | "Exited";

/** One extension of a sandbox: a process of its own (external), or a part of the runtime process (internal). */
export class Extension {
  readonly name: string;
  readonly isExternal: boolean;
  readonly id: string;
  readonly participant: Participant;
  state: ExtensionState = "Started";
  /** In the order of its registration. */
  events: readonly ExtensionEvent[] = [];
  errorType: string | undefined;
  /** The process of an external extension has ended. */
  hasEnded = false;
  #waiting: ServerResponse | undefined;
  #undelivered: Buffer | undefined;

  constructor(name: string, isExternal: boolean, id: string, participant: Participant) {
    this.name = name;
    this.isExternal = isExternal;
    this.id = id;
    this.participant = participant;
  }

  get isRegistered(): boolean {
    return this.state !== "Started" && this.state !== "LaunchError";
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  wants(event: ExtensionEvent): boolean {
    return this.events.includes(event) && (this.state === "Registered" || this.state === "Ready");
  }

  /** `GET …/event/next`, which the caller has checked: nothing else of this extension waits. */
  next(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const undelivered = this.#undelivered;
    this.#undelivered = undefined;
    if (undelivered) {
      this.#send(response, undelivered);
      return;
    }
    this.#waiting = response;
    this.state = "Ready";
    this.participant.waits();
  }

  /** Hands an event to the request that waits, or to the next one. */
  deliver(event: Buffer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) this.#send(waiting, event);
    else this.#undelivered = event;
  }

  /** Forgets a request whose connection has closed. */
  onClosed(socket: Socket): void {
    if (this.#waiting?.req.socket === socket) this.#waiting = undefined;
  }

  #send(response: ServerResponse, event: Buffer): void {
    response.sendDate = false;
    response.writeHead(200, [
      "Content-Type",
      "application/json",
      "Lambda-Extension-Event-Identifier",
      crypto.randomUUID(),
      "Content-Length",
      String(event.length),
    ]);
    response.end(event);
  }
}
