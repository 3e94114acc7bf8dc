import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/kit";

/** A longer line is not the supervisor's. Names of extensions are names of files. */
const MAX_LINE_BYTES = 16 * 1024;
const CONNECT_MS = 5_000;
const MAX_PENDING = 32;

/** How a process in the sandbox has ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** What the supervisor says. `name` is an extension's; without it the message is about the runtime. */
export type SupervisorMessage =
  | { readonly kind: "found"; readonly names: readonly string[] }
  | { readonly kind: "launchFailed"; readonly name: string; readonly reason: string }
  | { readonly kind: "ended"; readonly name: string | undefined; readonly end: ProcessEnd };

/** What the supervisor is asked to do. */
export type SupervisorOrder =
  | { readonly do: "startExtensions" | "startRuntime" | "terminateRuntime" | "killRuntime" }
  | { readonly do: "connect"; readonly id: string; readonly port: number };

/**
 * The connection with the supervisor: the process in the sandbox that starts extensions and the runtime. Both sides send lines of JSON. It also connects
 * to ports inside the sandbox, which this host cannot reach: for each such connection the supervisor opens another one to Hearth and carries bytes.
 */
export class SupervisorChannel implements Disposable {
  readonly #clock: Clock;
  readonly #onMessage: (message: SupervisorMessage) => void;
  readonly #pending = new Map<string, { readonly taken: PromiseWithResolvers<Duplex>; readonly timer: Disposable }>();
  #socket: Duplex | undefined;
  #partial = "";
  #connections = 0;

  constructor(clock: Clock, onMessage: (message: SupervisorMessage) => void) {
    this.#clock = clock;
    this.#onMessage = onMessage;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Takes the supervisor's connection. Only the first one counts: a supervisor's comes before any code of the function runs. */
  accept(socket: Duplex): void {
    if (this.#socket) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  order(order: SupervisorOrder): void {
    if (this.#socket?.writable) this.#socket.write(`${JSON.stringify(order)}\n`);
  }

  /** A connection to a port on the sandbox's loopback. Rejects when none comes about. */
  connect(port: number): Promise<Duplex> {
    if (!this.#socket?.writable || this.#pending.size >= MAX_PENDING)
      return Promise.reject(new Error("the sandbox's supervisor cannot connect now"));
    const id = String(++this.#connections);
    const taken = Promise.withResolvers<Duplex>();
    const timer = this.#clock.after(CONNECT_MS, () => this.#fail(id, "no connection within 5 s"));
    this.#pending.set(id, { taken, timer });
    this.order({ do: "connect", id, port });
    return taken.promise;
  }

  /** The supervisor's connection for `connect`; the header says when the port could not be reached. */
  acceptConnection(id: string, request: IncomingMessage, socket: Duplex): void {
    const pending = this.#pending.get(id);
    if (!pending || request.headers["hearth-unreachable"] !== undefined) {
      if (pending) this.#fail(id, "nothing listens on the port");
      socket.destroy();
      return;
    }
    this.#pending.delete(id);
    pending.timer[Symbol.dispose]();
    socket.on("error", () => socket.destroy());
    pending.taken.resolve(socket);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#pending.keys()]) this.#fail(id, "the sandbox has ended");
    this.#socket?.destroy();
  }

  #fail(id: string, why: string): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.timer[Symbol.dispose]();
    pending?.taken.reject(new Error(why));
  }

  #take(chunk: Buffer): void {
    const lines = (this.#partial + chunk.toString("utf8")).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse(line);
      if (message) this.#onMessage(message);
    }
    if (this.#partial.length > MAX_LINE_BYTES) this.#socket?.destroy();
  }
}

/** A message, as far as it is one: code of the function can have sent it. */
function parse(line: string): SupervisorMessage | undefined {
  let value: Readonly<Record<string, unknown>>;
  try {
    value = Object(JSON.parse(line)) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { kind, name, names, reason, code, signal } = value;
  if (kind === "found" && Array.isArray(names) && names.every((one) => typeof one === "string")) return { kind, names };
  if (kind === "launchFailed" && typeof name === "string") return { kind, name, reason: String(reason) };
  if (kind === "ended") {
    const end = {
      exitCode: typeof code === "number" ? code : null,
      signal: typeof signal === "string" ? signal : null,
    };
    return { kind, name: typeof name === "string" ? name : undefined, end };
  }
  return undefined;
}
