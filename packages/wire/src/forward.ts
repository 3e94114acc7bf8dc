import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { Logger, Random } from "@hearth/kit";
import { ServiceException } from "@hearth/model";
import { hasBody } from "./body.ts";
import { awaitsContinue, sendContinue } from "./expectContinue.ts";
import { encodeRestError } from "./protocols/rest/restJsonError.ts";
import type { RequestHandler } from "./requestHandler.ts";

export interface ForwarderDeps {
  /** Host and port of the process that executes the requests. */
  readonly host: string;
  readonly port: number;
  readonly random: Random;
  readonly logger: Logger;
  /** The value of the header that says, with proof, where a request came from: its client's address, or the sandbox `channel`. */
  readonly sayForwardedFrom: (req: IncomingMessage, channel: string | undefined) => string;
}

/** States with proof where a request came from. A value that the client sent is dropped. */
export const FORWARDED_HEADER = "x-hearth-forwarded";

/** Headers that belong to one connection and are not passed on. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const NOT_PASSED_ON = new Set([FORWARDED_HEADER, "connection", "keep-alive", "proxy-connection", "te", "upgrade"]);

/**
 * Forwards requests unchanged (raw path, Host, headers, body), so that their signatures are valid in the process that executes them, and
 * returns the answers. Both are streamed. When the target cannot be reached, the answer is 503, which SDKs retry.
 */
export class Forwarder implements Disposable {
  readonly #deps: ForwarderDeps;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

  constructor(deps: ForwarderDeps) {
    this.#deps = deps;
  }

  readonly handle: RequestHandler = (req, res, channel) => this.#forward(req, res, channel, true);

  #forward(req: IncomingMessage, res: ServerResponse, channel: string | undefined, mayRetry: boolean): void {
    const { host, port } = this.#deps;
    const withBody = hasBody(req);
    const onward = httpRequest({
      host,
      port,
      agent: this.#agent,
      method: req.method,
      path: req.url,
      headers: [...requestHeaders(req), FORWARDED_HEADER, this.#deps.sayForwardedFrom(req, channel)],
      setHost: false,
    });
    const onGone = (): void => {
      if (!res.writableFinished) onward.destroy();
    };
    res.once("close", onGone);
    onward.on("response", (answer) => {
      writeHead(req, res, answer);
      answer.on("error", () => res.destroy());
      answer.pipe(res);
    });
    onward.on("error", (error) => {
      res.removeListener("close", onGone);
      req.unpipe(onward);
      if (res.destroyed) return;
      if (res.headersSent) res.destroy();
      // The target may close an idle connection just when it is used again; a request that changes nothing can be sent again.
      else if (mayRetry && req.method === "GET" && !withBody && onward.reusedSocket)
        this.#forward(req, res, channel, false);
      else this.#unreachable(req, res, error);
    });
    if (!withBody) onward.end();
    else if (awaitsContinue(req)) {
      onward.once("continue", () => {
        sendContinue(req, res);
        req.pipe(onward);
      });
    } else req.pipe(onward);
  }

  #unreachable(req: IncomingMessage, res: ServerResponse, error: Error): void {
    this.#deps.logger.warn({ err: error, method: req.method, path: req.url }, "a request could not be passed on");
    const answer = encodeRestError(new ServiceException("The control plane cannot be reached."));
    res.writeHead(503, { ...answer.headers, "x-amzn-RequestId": this.#deps.random.uuid() });
    res.end(answer.body);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** HTTP/2 has pseudo headers, of which the next hop needs Host alone; a body without a length goes on in chunks. */
function requestHeaders(req: IncomingMessage): string[] {
  const headers = passedOn(req.rawHeaders);
  if (req.httpVersionMajor !== 2) return headers;
  if (req.headers.host === undefined) headers.push("Host", String(req.headers[":authority"] ?? "localhost"));
  else if (!req.rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === "host")) {
    headers.push("Host", req.headers.host);
  }
  if (hasBody(req) && req.headers["content-length"] === undefined) headers.push("Transfer-Encoding", "chunked");
  return headers;
}

function writeHead(req: IncomingMessage, res: ServerResponse, answer: IncomingMessage): void {
  const headers = passedOn(answer.rawHeaders);
  const status = answer.statusCode ?? 502;
  if (req.httpVersionMajor === 2) {
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const name = headers[i] as string;
      if (name.toLowerCase() !== "transfer-encoding") res.appendHeader(name, headers[i + 1] as string);
    }
    res.writeHead(status);
    return;
  }
  if (awaitsContinue(req)) headers.push("Connection", "close");
  res.writeHead(status, answer.statusMessage, headers);
}

/** Raw header lines without those of the connection, and without HTTP/2's pseudo headers. */
function passedOn(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!name.startsWith(":") && !NOT_PASSED_ON.has(name.toLowerCase())) kept.push(name, rawHeaders[i + 1] as string);
  }
  return kept;
}
