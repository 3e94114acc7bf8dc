import { Agent, request } from "node:http";
import type { Duplex } from "node:stream";
import type { Destination } from "./subscriptionRequest.ts";

/** A connection to a port on the sandbox's loopback. */
export type Connect = (port: number) => Promise<Duplex>;

const MAX_ANSWER_BYTES = 64 * 1024;

/** Where the batches of one subscription go: an extension's listener inside the sandbox. */
export interface SandboxDestination extends Disposable {
  /** Resolves when the batch has arrived. Rejects when it has not, or when `signal` aborts first. */
  send(events: readonly string[], signal: AbortSignal): Promise<void>;
}

export function sandboxDestination(destination: Destination, connect: Connect): SandboxDestination {
  return destination.protocol === "HTTP"
    ? new HttpDestination(destination, connect)
    : new TcpDestination(destination.port, connect);
}

/** One connection, kept alive between batches. */
class SandboxAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#connect = connect;
  }

  override createConnection(_options: unknown, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#connect().then(
      (stream) => callback?.(null, stream),
      (error: unknown) => callback?.(error as Error, undefined as unknown as Duplex),
    );
  }
}

/** A request with a JSON array; the answer's status says whether it has arrived. */
class HttpDestination implements SandboxDestination {
  readonly #destination: Extract<Destination, { protocol: "HTTP" }>;
  readonly #agent: SandboxAgent;

  constructor(destination: Extract<Destination, { protocol: "HTTP" }>, connect: Connect) {
    this.#destination = destination;
    this.#agent = new SandboxAgent(() => connect(destination.port));
  }

  send(events: readonly string[], signal: AbortSignal): Promise<void> {
    const { host, path, method } = this.#destination;
    const body = Buffer.from(`[${events.join(",")}]`);
    const headers = { Host: host, "Content-Type": "application/json", "Content-Length": body.length };
    return new Promise((resolve, reject) => {
      const posted = request({ agent: this.#agent, method, path, headers, signal });
      posted.on("error", reject);
      posted.on("response", (response) => {
        const { statusCode = 0 } = response;
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_ANSWER_BYTES) response.destroy(new Error("the listener's answer is too large"));
        });
        response.on("error", reject);
        response.on("end", () => {
          if (statusCode >= 200 && statusCode < 300) resolve();
          else reject(new Error(`the listener answered ${statusCode}`));
        });
      });
      posted.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Lines of JSON on a connection that stays open. */
class TcpDestination implements SandboxDestination {
  readonly #port: number;
  readonly #connect: Connect;
  #socket: Duplex | undefined;

  constructor(port: number, connect: Connect) {
    this.#port = port;
    this.#connect = connect;
  }

  async send(events: readonly string[], signal: AbortSignal): Promise<void> {
    const socket = await this.#open();
    signal.throwIfAborted();
    const onAbort = (): void => void socket.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("close", () => reject(new Error("the listener has closed the connection")));
        socket.write(`${events.join("\n")}\n`, (error) => (error ? reject(error) : resolve()));
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("close");
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }

  async #open(): Promise<Duplex> {
    if (this.#socket?.writable) return this.#socket;
    const socket = await this.#connect(this.#port);
    socket.resume();
    this.#socket = socket;
    return socket;
  }
}
