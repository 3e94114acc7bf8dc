import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { AccessDeniedException, type Caller } from "@hearth/model";
import type { Authorize, Call } from "./authorize.ts";
import type { RequestContext } from "./operation.ts";
import type { RequestHead } from "./requestHead.ts";
import type { WholeResponse } from "./wholeResponse.ts";

/** The context of a request. Members that few handlers use are created on first use. */
export class HttpContext implements RequestContext {
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly #call: Call;
  readonly #authorize: Authorize;
  readonly #req: RequestHead;
  readonly #res: ServerResponse | WholeResponse;
  #abort: AbortController | undefined;

  constructor(
    call: Call,
    accountId: string,
    requestId: string,
    req: RequestHead,
    res: ServerResponse | WholeResponse,
    authorize: Authorize,
  ) {
    this.#call = call;
    this.#authorize = authorize;
    this.accountId = accountId;
    this.region = call.region;
    this.requestId = requestId;
    this.#req = req;
    this.#res = res;
  }

  get caller(): Caller {
    return this.#call.caller;
  }

  get sourceIp(): string | undefined {
    return this.#call.origin.sourceIp;
  }

  async refusalOf(operation: string, input: object): Promise<AccessDeniedException | undefined> {
    try {
      await this.#authorize({ ...this.#call, operation, input });
      return undefined;
    } catch (error) {
      if (error instanceof AccessDeniedException) return error;
      throw error;
    }
  }

  get headers(): IncomingHttpHeaders {
    return this.#req.headers;
  }

  /** Behind a proxy that ends TLS, its `X-Forwarded-Proto` counts. A client that sends it itself changes only the links in its own answer. */
  get endpoint(): string {
    const forwarded = this.#req.headers["x-forwarded-proto"];
    const isForwarded = forwarded === "https" || forwarded === "http";
    const scheme = isForwarded ? forwarded : "encrypted" in this.#req.socket ? "https" : "http";
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
