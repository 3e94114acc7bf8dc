import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@hearth/kit";
import { parametersAnswer } from "./parametersAnswer.ts";
import { isParametersPath, parametersRequest, type ParametersRequest } from "./parametersRequest.ts";
import type { ParametersSettings } from "./parametersSettings.ts";
import { ValueCache } from "./valueCache.ts";

/** What the values of one sandbox may take in this process's memory. */
const MAX_CHARS = 1024 * 1024;
/** What the extension says instead of a service's error, which it logs. */
const FAILED = "an unexpected error occurred while executing request";

export interface ServiceAnswer {
  readonly status: number;
  readonly body: string;
}

/** Calls a service of Hearth with the credentials of the function. */
export type ServiceCall = (request: ParametersRequest, signal: AbortSignal | undefined) => Promise<ServiceAnswer>;

export interface ParametersExtensionDeps {
  readonly settings: ParametersSettings;
  /** AWS_SESSION_TOKEN of the function. */
  readonly sessionToken: string;
  readonly call: ServiceCall;
  /** Whether the function has been given an event: before, the extension answers nothing. */
  readonly isInvoked: () => boolean;
  /** Writes a line to the function's log. */
  readonly log: (line: string) => void;
  readonly clock: Clock;
}

/**
 * The local HTTP API of AWS's Parameters and Secrets extension for one sandbox: parameters and secrets by GET, under the function's role, kept for a while.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
 */
export class ParametersExtension {
  readonly #deps: ParametersExtensionDeps;
  readonly #token: Buffer;
  readonly #cache: ValueCache;

  constructor(deps: ParametersExtensionDeps) {
    this.#deps = deps;
    this.#token = Buffer.from(deps.sessionToken);
    this.#cache = new ValueCache(deps.clock, deps.settings.cacheSize, MAX_CHARS);
  }

  /** Answers the request if it is one of the extension's; else returns false. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = "" } = request;
    if (!url.startsWith("/s") || !isParametersPath(url)) return false;
    request.resume();
    void this.#answer(request, url).then(({ status, body }) => {
      response.writeHead(status, { "Content-Type": status === 200 ? "application/json" : "text/plain; charset=utf-8" });
      response.end(body);
    });
    return true;
  }

  /** Never rejects. */
  async #answer(request: IncomingMessage, url: string): Promise<ServiceAnswer> {
    if (request.method !== "GET") return { status: 405, body: "Method Not Allowed" };
    if (!this.#isOurs(request.headers["x-aws-parameters-secrets-token"])) return { status: 401, body: "unauthorized" };
    if (!this.#deps.isInvoked()) return { status: 400, body: "not ready to serve traffic, please wait" };
    const asked = parametersRequest(url);
    if (typeof asked === "string") return { status: 400, body: asked };
    const key = JSON.stringify([asked.target, asked.input]);
    const known = this.#cache.get(key);
    if (known !== undefined) return { status: 200, body: known };
    try {
      const answer = await this.#call(asked);
      if (answer.status !== 200) return this.#failed(asked, answer.status, answer.body);
      const body = parametersAnswer(asked, answer.body);
      const { parameterTtlMs, secretTtlMs } = this.#deps.settings;
      this.#cache.put(key, body, asked.service === "ssm" ? parameterTtlMs : secretTtlMs);
      return { status: 200, body };
    } catch (error) {
      return this.#failed(asked, 500, (error as Error).message);
    }
  }

  #isOurs(token: string | string[] | undefined): boolean {
    const given = Buffer.from(typeof token === "string" ? token : "");
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  async #call(asked: ParametersRequest): Promise<ServiceAnswer> {
    const { settings, clock, call } = this.#deps;
    const limitMs = asked.service === "ssm" ? settings.parameterTimeoutMs : settings.secretTimeoutMs;
    if (limitMs === 0) return await call(asked, undefined);
    const late = new AbortController();
    const tooLate = Promise.withResolvers<never>();
    using _timer = clock.after(limitMs, () => {
      const error = new Error(`no answer within ${limitMs} ms`);
      tooLate.reject(error);
      late.abort(error);
    });
    return await Promise.race([call(asked, late.signal), tooLate.promise]);
  }

  #failed({ target }: ParametersRequest, status: number, reason: string): ServiceAnswer {
    const { settings, log, clock } = this.#deps;
    const at = new Date(clock.now()).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
    const what = target.replace(/^.*\./, "");
    const line = `[AWS Parameters and Secrets Lambda Extension] ${at} ERROR ${what} request encountered an error: ${reason}`;
    if (settings.logsErrors) log(line.replaceAll(/[\r\n]+/g, " ").slice(0, 2000));
    return { status: status < 500 ? 400 : 500, body: FAILED };
  }
}
