import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";

/**
 * A socket in front of a server. While it hangs, it accepts connections and forwards nothing: to its clients, the server is like a process that was
 * stopped.
 */
export class HangingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: NetConnectOpts;
  #hangs = false;

  private constructor(target: NetConnectOpts) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#forward(client));
  }

  /** Listens on the Unix socket `path`, or on a free port of 127.0.0.1. */
  static async open(target: NetConnectOpts, path?: string): Promise<HangingProxy> {
    const proxy = new HangingProxy(target);
    const where = path === undefined ? { host: "127.0.0.1", port: 0 } : { path };
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject).listen(where, () => resolve());
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  hang(): void {
    this.#hangs = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was held up arrives now. */
  goOn(): void {
    this.#hangs = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #forward(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true });
    this.#pass(client, server);
    this.#pass(server, client);
    // A client that has given up: the server still gets what it sent before.
    client.on("close", () => server.end());
    server.on("close", () => client.destroy());
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (piece) => to.write(piece));
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => this.#sockets.delete(from));
    if (this.#hangs) from.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
