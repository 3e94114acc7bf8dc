import type { Readable } from "node:stream";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type Docker from "dockerode";
import { INSTALLATION_LABEL, NETWORK_LABEL, SANDBOX_LABEL } from "./labels.ts";

const RECONNECT_MS = 500;

export interface ContainerEventsDeps {
  readonly docker: Docker;
  readonly installation: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A container of the installation has ended. */
  onDied(sandboxId: string): void;
  /** A container that holds a sandbox's network has ended. */
  onNetworkDied(name: string): void;
  /** Called whenever listening begins: earlier events may have been missed. */
  onListening(): void;
}

/** Listens to the engine's events and reconnects when the connection ends. */
export class ContainerEvents implements AsyncDisposable {
  readonly #deps: ContainerEventsDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: ContainerEventsDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("container events", RECONNECT_MS, (signal) => this.#listen(signal), deps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { docker, installation, onDied, onNetworkDied, onListening } = this.#deps;
    const label = [`${INSTALLATION_LABEL}=${installation}`];
    const stream = (await docker.getEvents({ filters: { type: ["container"], event: ["die"], label } })) as Readable;
    // Aborted while the engine answered.
    if (signal.aborted) return void stream.destroy();
    const onAbort = (): void => void stream.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      onListening();
      for await (const line of linesOf(stream)) {
        const event = JSON.parse(line) as { Actor?: { Attributes?: Record<string, string> } };
        const { Attributes = {} } = event.Actor ?? {};
        const sandboxId = Attributes[SANDBOX_LABEL];
        if (Attributes[NETWORK_LABEL] !== undefined) onNetworkDied(Attributes["name"] ?? "");
        if (sandboxId !== undefined) onDied(sandboxId);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      stream.destroy();
    }
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.setEncoding("utf8")) {
    const lines = (rest + String(piece)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
