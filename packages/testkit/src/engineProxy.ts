import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A socket in front of this machine's Docker Engine. While it hangs, it accepts connections and forwards nothing: to its clients, the engine hangs. */
export class EngineProxy implements AsyncDisposable {
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #hangs = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#forward(client));
  }

  static async open(): Promise<EngineProxy> {
    const proxy = new EngineProxy(await mkdtemp(join(tmpdir(), "hearth-proxy-")));
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.#path, () => resolve()));
    return proxy;
  }

  /** As DOCKER_HOST takes it. */
  get dockerHost(): string {
    return `unix://${this.#path}`;
  }

  hang(): void {
    this.#hangs = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was held up arrives now, as at a process that was stopped. */
  goOn(): void {
    this.#hangs = false;
    for (const socket of this.#sockets) socket.resume();
  }

  get #path(): string {
    return join(this.#folder, "engine.sock");
  }

  #forward(client: Socket): void {
    const engine = connect({ path: engineSocket(), allowHalfOpen: true });
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (piece) => to.write(piece));
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        // The engine must get what a client sent before it gave up.
        if (from === engine) to.destroy();
        else to.end();
      });
      if (this.#hangs) from.pause();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function engineSocket(): string {
  const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
  return new URL(host).pathname;
}
