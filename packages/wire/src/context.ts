import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "@hearth/model";
import type { RequestContext } from "./operation.ts";

/** A request's context; what few handlers ask for is made when asked for. */
export class HttpContext implements RequestContext {
  readonly caller: Caller;
  readonly requestId: string;
  readonly accountId: string;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  #abort: AbortController | undefined;

  constructor(caller: Caller, accountId: string, requestId: string, req: IncomingMessage, res: ServerResponse) {
    this.caller = caller;
    this.accountId = accountId;
    this.requestId = requestId;
    this.#req = req;
    this.#res = res;
  }

  get headers(): IncomingHttpHeaders {
    return this.#req.headers;
  }

  get endpoint(): string {
    const scheme = "encrypted" in this.#req.socket ? "https" : "http";
    return `${scheme}://${this.#req.headers.host ?? "localhost"}`;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      const gone = (): void => {
        if (!this.#res.writableFinished) abort.abort(new Error("the client closed the connection"));
      };
      if (this.#res.destroyed) gone();
      else this.#res.once("close", gone);
    }
    return this.#abort.signal;
  }
}
