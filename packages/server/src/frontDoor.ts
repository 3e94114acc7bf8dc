import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { RequestHandler } from "@hearth/wire";
import express from "express";
import { refuseFunctionUrls } from "./functionUrlRequests.ts";
import type { ListenAddress } from "./config.ts";
import { listen } from "./listen.ts";

export interface FrontDoorDeps {
  /** The AWS endpoint: answers every request that is not for operations. */
  readonly aws: RequestHandler;
  /** Why this process is not ready for requests; `undefined` when it is. */
  readonly notReady: () => string | undefined;
}

const INVOKE = /^\/2015-03-31\/functions\/[^/]+\/invocations(\?|$)/;
/** Clients keep connections open; ours outlive the 60 s after which usual proxies and SDKs give theirs up. */
const KEEP_ALIVE_MS = 75_000;

/**
 * The one port that clients know. An Invoke goes straight to the AWS endpoint, everything else through express:
 * `/healthz` and `/readyz` for whoever watches the process, then the AWS endpoint.
 */
export class FrontDoor implements AsyncDisposable {
  readonly #server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: KEEP_ALIVE_MS + 5_000,
    requestTimeout: 0,
  });
  readonly #idle: (() => void)[] = [];
  #underWay = 0;
  #closing = false;

  constructor(deps: FrontDoorDeps) {
    const app = application(deps);
    this.#server.on(
      "request",
      this.#count((request, response) => {
        if (request.method === "POST" && INVOKE.test(request.url ?? "")) deps.aws(request, response);
        else app(request, response);
      }),
    );
  }

  /** Throws a StartError when the address cannot be had. */
  listen(address: ListenAddress): Promise<ListenAddress> {
    return listen(this.#server, address, "HEARTH_LISTEN");
  }

  /** Takes no further connections; resolves when every request that was under way has been answered, or `signal` aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#server.close();
    this.#server.closeIdleConnections();
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #count(handle: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      this.#underWay++;
      if (this.#closing) response.setHeader("Connection", "close");
      response.once("close", () => {
        this.#underWay--;
        if (this.#closing) this.#server.closeIdleConnections();
        if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
      });
      handle(request, response);
    };
  }
}

function application({ aws, notReady }: FrontDoorDeps): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(refuseFunctionUrls);
  app.get("/healthz", (_request, response) => void response.type("text").send("alive\n"));
  app.get("/readyz", (_request, response) => {
    const reason = notReady();
    response
      .status(reason === undefined ? 200 : 503)
      .type("text")
      .send(`${reason ?? "ready"}\n`);
  });
  app.use((request, response) => aws(request, response));
  return app;
}
