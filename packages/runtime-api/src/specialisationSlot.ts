import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ALREADY_INITIALISED, ALREADY_TOLD, ALREADY_WAITING, refuse } from "./answers.ts";
import type { RegisteredFunction } from "./extensions/extensionRoutes.ts";
import type { RuntimeChannel } from "./runtimeChannel.ts";
import type { Specialisation } from "./specialisation.ts";

/**
 * `GET /hearth/specialise`: a generic runtime asks which function it is to run, and waits until the sandbox has been assigned to one. The answer holds the
 * function's variables and credentials, so it is given once, and once more to a runtime that was told to execute itself again.
 */
export class SpecialisationSlot {
  readonly #channel: RuntimeChannel;
  #specialisation: Specialisation | undefined;
  #answersSent = 0;
  /** Besides the first one, and one for a fresh process. */
  #answersAllowed = 0;
  /** At most one request waits, so that a sandbox cannot make Hearth hold more. */
  #waiting: ServerResponse | undefined;

  constructor(channel: RuntimeChannel) {
    this.#channel = channel;
  }

  get isSpecialised(): boolean {
    return this.#specialisation !== undefined;
  }

  /** Its runtime asks for a restore after its init. */
  get hasSnapStart(): boolean {
    return this.#specialisation?.environment["AWS_LAMBDA_INITIALIZATION_TYPE"] === "snap-start";
  }

  /** The function as its extensions see it. */
  get fn(): RegisteredFunction {
    const { environment = {}, accountId = "" } = this.#specialisation ?? {};
    return {
      functionName: environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "",
      functionVersion: environment["AWS_LAMBDA_FUNCTION_VERSION"] ?? "",
      handler: environment["_HANDLER"] ?? "",
      accountId,
    };
  }

  /** A supervisor starts the runtime as another process, which asks again. */
  allowAgain(): void {
    this.#answersAllowed++;
  }

  /** Answers the waiting request, or the one that will come. Called once. */
  specialise(specialisation: Specialisation): void {
    this.#specialisation = specialisation;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) this.#send(waiting, specialisation);
  }

  onAsked(request: IncomingMessage, response: ServerResponse, isInitialised: boolean): void {
    if (isInitialised) return refuse(request, response, ALREADY_INITIALISED);
    if (this.#waiting) return refuse(request, response, ALREADY_WAITING);
    if (this.#answersSent >= (this.#specialisation?.freshProcess ? 2 : 1) + this.#answersAllowed)
      return refuse(request, response, ALREADY_TOLD);
    request.resume();
    if (this.#specialisation) {
      this.#send(response, this.#specialisation);
      return;
    }
    this.#waiting = response;
    this.#channel.listener.onWaiting();
  }

  /** Forgets a request whose connection has closed. */
  onClosed(socket: Socket): void {
    if (this.#waiting?.req.socket === socket) this.#waiting = undefined;
  }

  #send(response: ServerResponse, specialisation: Specialisation): void {
    // Only the first answer asks for a fresh process: a runtime that asks again is that fresh process.
    const freshProcess = specialisation.freshProcess && this.#answersSent === 0;
    this.#answersSent++;
    const body = Buffer.from(JSON.stringify({ ...specialisation, freshProcess }));
    response.sendDate = false;
    response.writeHead(200, ["Content-Type", "application/json", "Content-Length", String(body.length)]);
    response.end(body);
  }
}
