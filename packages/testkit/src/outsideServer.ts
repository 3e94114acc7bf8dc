import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `hang`: never answers. `close`: closes the connection without an answer. Others write the answer themselves. */
export type OutsideAnswer =
  | "hang"
  | "close"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  | ((request: ReceivedRequest, response: ServerResponse) => void);

/** An HTTP server somewhere outside Hearth, on a free port of 127.0.0.1, that behaves as a test wants and keeps what it received. */
export class OutsideServer implements AsyncDisposable {
  readonly received: ReceivedRequest[] = [];
  /** What requests get; the answers of `next` come first. */
  answer: OutsideAnswer = { status: 200 };
  readonly next: OutsideAnswer[] = [];
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;
  #connections = 0;
  #arrived = Promise.withResolvers<void>();

  private constructor(tls?: { readonly key: string; readonly cert: string }) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    this.#scheme = tls ? "https" : "http";
    this.#server = tls ? createSecureServer(tls, handle) : createServer(handle);
    this.#server.on("connection", (socket: Socket) => {
      this.#connections++;
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("tlsClientError", () => undefined);
  }

  static async open(tls?: { readonly key: string; readonly cert: string }): Promise<OutsideServer> {
    const server = new OutsideServer(tls);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Such as `http://127.0.0.1:40001`. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Connections that were opened so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Resolves when `count` requests have been received. */
  async receives(count: number): Promise<void> {
    while (this.received.length < count) await this.#arrived.promise;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
    this.received.push(received);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    const answer = this.next.shift() ?? this.answer;
    if (answer === "hang") return;
    if (answer === "close") request.socket.destroy();
    else if (typeof answer === "function") answer(received, response);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
