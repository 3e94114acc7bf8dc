import type { IncomingMessage, ServerResponse } from "node:http";
import type { Driver, PoolKey, SandboxEvent, SandboxView, SpecialiseSpec } from "@hearth/drivers";
import type { Clock, Logger } from "@hearth/kit";
import type { Invocation } from "@hearth/model";
import { OutputPipe, RuntimeEndpoint, type RuntimeListener, type Specialisation } from "@hearth/runtime-api";
import type { SandboxApi } from "./sandboxApi.ts";

export type SandboxExit = Extract<SandboxEvent, { kind: "exited" }>;

/** Whoever a sandbox belongs to hears what it says, writes and comes to. */
export interface SandboxOwner extends RuntimeListener {
  onLines(lines: readonly string[]): void;
  /** Its main process has ended by itself. Told once, and not after `stop`. */
  onExit(exit: SandboxExit): void;
}

export interface SandboxDeps {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hearth's own AWS API, where sandboxes reach it. */
  readonly api?: Pick<SandboxApi, "handle">;
}

/** How long a runtime process may take to come up before its sandbox is given up. */
const BOOT_TIMEOUT_MS = 60_000;
/** Calls of AWS's API that one sandbox has under way at a time. */
const MAX_API_CALLS = 32;

/** One sandbox with its channel (Runtime API) and its output pipe. */
export class Sandbox {
  readonly id: string;
  readonly key: PoolKey;
  readonly #deps: SandboxDeps;
  readonly #onGone: () => void;
  #endpoint: RuntimeEndpoint | undefined;
  #output: OutputPipe | undefined;
  #owner: SandboxOwner | undefined;
  #state: "booting" | "up" | "exited" | "stopped" = "booting";
  #maxMemoryBytes = 0;
  #apiCalls = 0;
  #stopped: Promise<void> | undefined;

  constructor(id: string, key: PoolKey, deps: SandboxDeps, onGone: () => void) {
    this.id = id;
    this.key = key;
    this.#deps = deps;
    this.#onGone = onGone;
  }

  /** True while its process runs, as far as we were told. */
  get isUp(): boolean {
    return this.#state === "up";
  }

  /** The most memory it has used at a time. */
  get maxMemoryBytes(): number {
    return this.#maxMemoryBytes;
  }

  /** Resolves when the runtime process inside waits to be told whose it is. */
  async boot(signal: AbortSignal): Promise<void> {
    const { driver, clock } = this.#deps;
    const directory = await driver.prepare(this.id);
    const waiting = Promise.withResolvers<void>();
    // Awaited below; until then a rejection must not count as unhandled.
    waiting.promise.catch(() => undefined);
    const bootOwner = this.#bootOwner(waiting);
    this.#owner = bootOwner;
    this.#endpoint = await RuntimeEndpoint.listen(
      directory.apiSocket,
      bootOwner,
      this.#deps.clock,
      (request, response) => this.#serveApi(request, response),
    );
    this.#output = await OutputPipe.create(directory.output, (lines) => this.#owner?.onLines(lines), clock);
    await driver.boot(this.id, this.key, signal);
    using _timer = clock.after(BOOT_TIMEOUT_MS, () => waiting.reject(new Error("the runtime process did not come up")));
    const onAbort = (): void => waiting.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await waiting.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (this.#state === "booting") this.#state = "up";
  }

  /** From now on it is `owner`'s. */
  attach(owner: SandboxOwner): void {
    this.#owner = owner;
    this.#endpoint?.listenTo(owner);
  }

  /** Puts code and limits in place; see Driver.specialise. */
  place(spec: SpecialiseSpec, signal: AbortSignal): Promise<SandboxView> {
    return this.#deps.driver.specialise(this.id, spec, signal);
  }

  /** Tells the waiting runtime process whose it is. */
  specialise(specialisation: Specialisation): void {
    this.#endpoint?.specialise(specialisation);
  }

  /** Hands an event to the runtime. */
  invoke(invocation: Invocation, deadlineMs: number): void {
    this.#endpoint?.invoke(invocation, deadlineMs);
  }

  /** Passes on a line that has not ended yet. */
  flush(): void {
    this.#output?.flush();
  }

  freeze(): Promise<void> {
    return this.#deps.driver.freeze(this.id);
  }

  thaw(): Promise<void> {
    return this.#deps.driver.thaw(this.id);
  }

  usedMemory(bytes: number): void {
    if (bytes > this.#maxMemoryBytes) this.#maxMemoryBytes = bytes;
  }

  exited(exit: SandboxExit): void {
    if (this.#state !== "booting" && this.#state !== "up") return;
    this.#state = "exited";
    this.#owner?.onExit(exit);
  }

  /** Idempotent. Resolves once nothing is left of it. */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#state = "stopped";
    await this.#deps.driver.stop(this.id, graceMs);
    this.#output?.[Symbol.dispose]();
    await this.#endpoint?.[Symbol.asyncDispose]();
    this.#owner = undefined;
    this.#onGone();
  }

  #serveApi(request: IncomingMessage, response: ServerResponse): void {
    const { api } = this.#deps;
    if (!api || this.#apiCalls >= MAX_API_CALLS) {
      request.resume();
      response.writeHead(429, { "Content-Type": "application/json", "x-amzn-ErrorType": "TooManyRequestsException" });
      response.end('{"Reason":"CallerRateLimitExceeded","message":"Rate Exceeded."}');
      return;
    }
    this.#apiCalls++;
    response.once("close", () => this.#apiCalls--);
    api.handle(request, response, this.id);
  }

  /** Until it is somebody's, what it writes goes to the operator's log. */
  #bootOwner(waiting: PromiseWithResolvers<void>): SandboxOwner {
    const { logger } = this.#deps;
    const id = this.id;
    const said: string[] = [];
    const unexpected = (): void => logger.warn({ sandboxId: id }, "a sandbox spoke before it was somebody's");
    return {
      onWaiting: () => waiting.resolve(),
      onLines: (lines) => {
        said.push(...lines.slice(0, 20 - said.length));
        logger.warn({ sandboxId: id, lines: lines.slice(0, 20) }, "output of a sandbox that is nobody's yet");
      },
      onExit: ({ exitCode, signal }) => {
        const how = signal ?? `exit status ${exitCode ?? "unknown"}`;
        waiting.reject(new Error(`the runtime process ended before it was used (${how}): ${said.join(" ")}`));
      },
      onNext: unexpected,
      onResponse: unexpected,
      onError: unexpected,
      onTooLarge: unexpected,
      onTruncated: unexpected,
      onInitError: unexpected,
    };
  }
}
