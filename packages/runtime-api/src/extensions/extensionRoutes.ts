import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, refuse, send, TOO_LARGE } from "../answers.ts";
import { collectBody } from "../collectBody.ts";
import type { TelemetrySubscriptions } from "../telemetry/telemetrySubscriptions.ts";
import { type Extension, EXTENSION_EVENTS, type ExtensionEvent } from "./extension.ts";
import {
  ACCEPT_FEATURE,
  ALREADY_REGISTERED,
  INVALID_FORMAT,
  INVALID_IDENTIFIER,
  INVALID_NAME,
  invalidEvent,
  invalidTransition,
  MISSING_ERROR_TYPE,
  MISSING_IDENTIFIER,
  OK,
  REGISTRATION_CLOSED,
  TOO_MANY,
  UNKNOWN_IDENTIFIER,
} from "./extensionAnswers.ts";
import { type Extensions, MAX_EXTENSIONS } from "./extensions.ts";

const MAX_BODY_BYTES = 256 * 1024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NAME = /^[\x21-\x7e]{1,128}$/;

/** The function as extensions see it. */
export interface RegisteredFunction {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

export interface ExtensionRoutesDeps {
  readonly extensions: Extensions;
  readonly telemetry: TelemetrySubscriptions;
  readonly fn: RegisteredFunction;
  /** The runtime has asked for its first event, or has failed: nothing may register or subscribe from now on. */
  readonly isInitialised: () => boolean;
}

/** The Extensions, Telemetry and Logs APIs over HTTP. Everything is checked: any code in the sandbox can send requests. */
export class ExtensionRoutes {
  readonly #deps: ExtensionRoutesDeps;

  constructor(deps: ExtensionRoutesDeps) {
    this.#deps = deps;
  }

  /** False when the request is for none of these APIs. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url?.replace(/\/$/, "");
    switch (`${request.method} ${url}`) {
      case "POST /2020-01-01/extension/register":
        this.#register(request, response);
        return true;
      case "GET /2020-01-01/extension/event/next":
        this.#next(request, response);
        return true;
      case "POST /2020-01-01/extension/init/error":
        this.#report("InitError", request, response);
        return true;
      case "POST /2020-01-01/extension/exit/error":
        this.#report("ExitError", request, response);
        return true;
      case "PUT /2022-07-01/telemetry":
        this.#subscribe("telemetry", request, response);
        return true;
      case "PUT /2020-08-15/logs":
        this.#subscribe("logs", request, response);
        return true;
      default:
        return false;
    }
  }

  #register(request: IncomingMessage, response: ServerResponse): void {
    const { extensions, isInitialised } = this.#deps;
    const name = request.headers["lambda-extension-name"];
    if (typeof name !== "string" || !NAME.test(name)) return refuse(request, response, INVALID_NAME);
    if (isInitialised()) return refuse(request, response, REGISTRATION_CLOSED);
    this.#body(request, response, ({ events = [] }) => {
      if (!Array.isArray(events)) return send(response, INVALID_FORMAT);
      const known = extensions.named(name);
      const wrong = events.find((event) => !isEvent(event) || (event === "SHUTDOWN" && !known?.isExternal));
      if (wrong !== undefined) return send(response, invalidEvent(String(wrong)));
      if (isInitialised()) return send(response, REGISTRATION_CLOSED);
      if (known?.isRegistered) return send(response, ALREADY_REGISTERED);
      if (!known && extensions.count >= MAX_EXTENSIONS) return send(response, TOO_MANY);
      if (known?.state === "LaunchError") return send(response, invalidTransition("it could not be started"));
      const extension = known ?? extensions.addInternal(name);
      extension.events = [...new Set(events as ExtensionEvent[])];
      extension.state = "Registered";
      this.#answerRegistered(extension, request, response);
      if (extension.isExternal) extensions.registered();
    });
  }

  #answerRegistered({ id }: Extension, { headers }: IncomingMessage, response: ServerResponse): void {
    const { accountId, ...fn } = this.#deps.fn;
    const features = String(headers["lambda-extension-accept-feature"] ?? "").split(/\s*,\s*/);
    const body = JSON.stringify(features.includes(ACCEPT_FEATURE) ? { ...fn, accountId } : fn);
    response.sendDate = false;
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Extension-Identifier": id,
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  }

  #next(request: IncomingMessage, response: ServerResponse): void {
    const extension = this.#caller(request, response);
    if (!extension) return;
    if (extension.isWaiting) return refuse(request, response, invalidTransition("another request waits for an event"));
    if (extension.state !== "Registered" && extension.state !== "Ready")
      return refuse(request, response, invalidTransition(`its state is ${extension.state}`));
    extension.next(request, response);
  }

  #report(state: "InitError" | "ExitError", request: IncomingMessage, response: ServerResponse): void {
    const extension = this.#caller(request, response);
    if (!extension) return;
    const type = request.headers["lambda-extension-function-error-type"];
    if (typeof type !== "string" || type === "") return refuse(request, response, MISSING_ERROR_TYPE);
    collectBody(request, MAX_BODY_BYTES, (body) => {
      if (!body) return send(response, TOO_LARGE);
      if (state === "InitError" && extension.state !== "Registered")
        return send(response, invalidTransition(`its state is ${extension.state}`));
      if (extension.state === "InitError" || extension.state === "ExitError")
        return send(response, invalidTransition(`its state is ${extension.state}`));
      send(response, OK);
      this.#deps.extensions.reported(extension, state, type.slice(0, 256));
    });
  }

  #subscribe(api: "telemetry" | "logs", request: IncomingMessage, response: ServerResponse): void {
    const { telemetry, isInitialised } = this.#deps;
    const extension = this.#caller(request, response);
    if (!extension) return;
    this.#body(request, response, (body) =>
      send(response, telemetry.subscribe(api, extension.name, body, isInitialised())),
    );
  }

  /** The extension that a request names by its identifier; answers the request where there is none. */
  #caller(request: IncomingMessage, response: ServerResponse): Extension | undefined {
    const id = request.headers["lambda-extension-identifier"];
    const refused = (answer: Answer): undefined => refuse(request, response, answer) as undefined;
    if (typeof id !== "string" || id === "") return refused(MISSING_IDENTIFIER);
    if (!UUID.test(id)) return refused(INVALID_IDENTIFIER);
    return this.#deps.extensions.withId(id.toLowerCase()) ?? refused(UNKNOWN_IDENTIFIER);
  }

  #body(
    request: IncomingMessage,
    response: ServerResponse,
    done: (value: Readonly<Record<string, unknown>>) => void,
  ): void {
    collectBody(request, MAX_BODY_BYTES, (body) => {
      if (!body) return send(response, TOO_LARGE);
      const value = parseObject(body);
      if (value) done(value);
      else send(response, INVALID_FORMAT);
    });
  }
}

function isEvent(event: unknown): event is ExtensionEvent {
  return (EXTENSION_EVENTS as readonly unknown[]).includes(event);
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined; // the caller answers that it is not JSON
  }
}
