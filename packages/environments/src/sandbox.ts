import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import type { PoolKey, SandboxEvent, SandboxHost, SandboxView, SpecialiseSpec } from "@hearth/drivers";
import { type Clock, invariant, type Logger } from "@hearth/kit";
import type { Invocation } from "@hearth/model";
import {
  type Extension,
  type OutputBudget,
  OutputPipe,
  RuntimeEndpoint,
  type RuntimeListener,
  type ShutdownReason,
  type Specialisation,
  type TelemetryBudget,
} from "@hearth/runtime-api";
import { bootOwner } from "./bootOwner.ts";
import { callService } from "./parameters/callService.ts";
import { ParametersExtension } from "./parameters/parametersExtension.ts";
import type { ParametersSettings } from "./parameters/parametersSettings.ts";
import type { SandboxApi, SandboxCredentials } from "./sandboxApi.ts";
import type { SandboxExit, SandboxOwner } from "./sandboxOwner.ts";

/** Where a host gets code archives that it has not unpacked yet, or no longer has: `CodeStore` is one. */
export interface CodeSource {
  unpack(digest: string, signal: AbortSignal): Promise<unknown>;
}

export interface SandboxDeps {
  readonly driver: SandboxHost;
  readonly code?: CodeSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all sandboxes of this process. */
  readonly outputBudget: OutputBudget;
  readonly telemetryBudget: TelemetryBudget;
  /** Hearth's own AWS API, where sandboxes may call it. */
  readonly api?: Pick<SandboxApi, "handle">;
}

type MemoryUse = Extract<SandboxEvent, { kind: "memory" }>;

/** How long a runtime process may take to start and ask for its function before its sandbox is given up. */
const BOOT_TIMEOUT_MS = 60_000;
/** The FIFO for the output of extensions, beside the one for the function's. */
const EXTENSION_OUTPUT = "extensions";
/** Calls of AWS's API that one sandbox may have in flight. */
const MAX_API_CALLS = 32;

const ignore = (): void => undefined;
/** Hears a sandbox that is being stopped: a late request must not reach an owner that has gone on with another sandbox. */
const IGNORING: RuntimeListener = {
  onWaiting: ignore,
  onNext: ignore,
  onAllWaiting: ignore,
  onResponse: ignore,
  onError: ignore,
  onTooLarge: ignore,
  onTruncated: ignore,
  onInitError: ignore,
  onRestore: ignore,
  onExtensions: ignore,
  onSubscribed: ignore,
  onExtensionFault: ignore,
  onRuntimeExit: ignore,
};

/** One sandbox with its channel (Runtime API) and its output pipe. */
export class Sandbox {
  readonly id: string;
  readonly key: PoolKey;
  readonly #deps: SandboxDeps;
  readonly #onGone: () => void;
  #endpoint: RuntimeEndpoint | undefined;
  #output: OutputPipe | undefined;
  #extensionOutput: OutputPipe | undefined;
  #owner: SandboxOwner | undefined;
  #state: "booting" | "up" | "exited" | "stopped" = "booting";
  #maxMemoryBytes = 0;
  #tmpBytes = 0;
  #heldBytes: number | undefined;
  #apiCalls = 0;
  #apiSocket = "";
  #isInvoked = false;
  #parameters: ParametersExtension | undefined;
  #opened: Promise<void> | undefined;
  /** Settles when its runtime process waits for its function, or has ended before. */
  readonly #waiting = Promise.withResolvers<void>();
  #stopped: Promise<void> | undefined;

  constructor(id: string, key: PoolKey, deps: SandboxDeps, onGone: () => void) {
    this.id = id;
    this.key = key;
    this.#deps = deps;
    this.#onGone = onGone;
    // Awaited by `boot`; until then a rejection must not count as unhandled.
    this.#waiting.promise.catch(() => undefined);
  }

  /** True while its process runs, as far as the driver has reported. */
  get isUp(): boolean {
    return this.#state === "up";
  }

  /** True before its process runs and while it runs, as far as the driver has reported. */
  get hasNotEnded(): boolean {
    return this.#state === "booting" || this.#state === "up";
  }

  /** The most memory it has used at a time. */
  get maxMemoryBytes(): number {
    return this.#maxMemoryBytes;
  }

  /** What its files in /tmp hold, where that is memory. */
  get tmpBytes(): number {
    return this.#tmpBytes;
  }

  /** All that it holds now, without caches; undefined where that is unknown. */
  get heldBytes(): number | undefined {
    return this.#heldBytes;
  }

  /** Whether all processes that must ask for the next event have done so. */
  get allWaiting(): boolean {
    return this.#endpoint?.readiness.allWaiting === true;
  }

  /** Resolves as soon as they have. */
  async whenAllWaiting(): Promise<void> {
    invariant(this.#endpoint, "the sandbox has not been booted");
    await this.#endpoint.readiness.whenAllWaiting();
  }

  /** Does what can be done ahead of `boot`. Resolves with false where the driver can do nothing ahead now. */
  async create(signal: AbortSignal): Promise<boolean> {
    await this.#open();
    return await this.#deps.driver.create(this.id, this.key, signal);
  }

  /** Resolves when the runtime process inside waits to be told which function it is to run. `isAwaited`: an invocation waits for it. */
  async boot(signal: AbortSignal, isAwaited = false): Promise<void> {
    const { driver, clock } = this.#deps;
    await this.#open();
    const waiting = this.#waiting;
    await driver.boot(this.id, isAwaited ? { ...this.key, isAwaited } : this.key, signal);
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

  /** Its folders, and what Hearth listens to in them. */
  #open(): Promise<void> {
    return (this.#opened ??= this.#listen());
  }

  async #listen(): Promise<void> {
    const { driver, clock } = this.#deps;
    const directory = await driver.prepare(this.id);
    this.#apiSocket = directory.apiSocket;
    const owner = bootOwner(this.id, this.#waiting, this.#deps.logger);
    this.#owner = owner;
    const endpoint = RuntimeEndpoint.listen(directory.apiSocket, owner, {
      clock,
      telemetryBudget: this.#deps.telemetryBudget,
      api: (request, response) => this.#serveApi(request, response),
      local: (request, response) => this.#parameters?.serve(request, response) === true,
      prepareExtensions: () => this.#openExtensionOutput(join(dirname(directory.output), EXTENSION_OUTPUT)),
    });
    const onLines = (lines: readonly string[]): void => this.#owner?.onLines(lines);
    const output = OutputPipe.create(directory.output, onLines, clock, this.#deps.outputBudget);
    await Promise.allSettled([
      endpoint.then((opened) => (this.#endpoint = opened)),
      output.then((opened) => (this.#output = opened)),
    ]);
    await endpoint;
    await output;
  }

  /** From now on it belongs to `owner`. */
  attach(owner: SandboxOwner): void {
    this.#owner = owner;
    this.#endpoint?.listenTo(owner);
  }

  /** Puts code and limits in place; see SandboxHost.specialise. */
  async place(spec: SpecialiseSpec, signal: AbortSignal): Promise<SandboxView> {
    const { code, driver } = this.#deps;
    const { codeDigest, layerDigests } = spec;
    const digests = codeDigest === undefined ? layerDigests : [codeDigest, ...layerDigests];
    if (code) for (const digest of digests) await code.unpack(digest, signal);
    return await driver.specialise(this.id, spec, signal);
  }

  /** Tells the waiting runtime process which function it is to run. */
  specialise(specialisation: Specialisation): void {
    this.#endpoint?.specialise(specialisation);
  }

  /** From now on the function finds AWS's Parameters and Secrets extension there. */
  serveParameters(settings: ParametersSettings, region: string, credentials: SandboxCredentials): void {
    this.#parameters = new ParametersExtension({
      settings,
      sessionToken: credentials.sessionToken,
      call: callService(this.#apiSocket, region, credentials),
      isInvoked: () => this.#isInvoked,
      log: (line) => this.#owner?.onExtensionLines([line]),
      clock: this.#deps.clock,
    });
  }

  /** Hands an event to the runtime. */
  invoke(invocation: Invocation, deadlineMs: number): void {
    this.#isInvoked = true;
    this.#endpoint?.invoke(invocation, deadlineMs);
  }

  /** When the function began to send its response to the current event, on the monotonic clock. */
  get respondingSinceMs(): number | undefined {
    return this.#endpoint?.respondingSinceMs;
  }

  /** Passes on a line that has not ended yet. */
  flush(): void {
    this.#output?.flush();
    this.#extensionOutput?.flush();
  }

  /** The function's extensions: none for most functions. */
  get extensions(): readonly Extension[] {
    return this.#endpoint?.extensions ?? [];
  }

  freeze(): Promise<void> {
    this.#endpoint?.telemetry?.pause();
    return this.#deps.driver.freeze(this.id);
  }

  async thaw(): Promise<void> {
    await this.#deps.driver.thaw(this.id);
    this.#endpoint?.telemetry?.resume();
  }

  cpuMs(): Promise<number | undefined> {
    return this.#deps.driver.cpuMs(this.id);
  }

  /** The driver reports how much memory it has used at most, and what its files in /tmp hold. */
  usedMemory({ maxMemoryBytes, tmpBytes = 0, heldBytes }: Omit<MemoryUse, "kind" | "sandboxId">): void {
    if (maxMemoryBytes > this.#maxMemoryBytes) this.#maxMemoryBytes = maxMemoryBytes;
    this.#tmpBytes = tmpBytes;
    this.#heldBytes = heldBytes;
  }

  /** The driver reports that its process has ended. */
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

  /** As `stop`, after the extensions have had the time to end that AWS gives them: none where there are none. */
  end(reason: ShutdownReason): Promise<void> {
    this.#stopped ??= this.#shutDown(reason);
    return this.#stopped;
  }

  async #shutDown(reason: ShutdownReason): Promise<void> {
    const endpoint = this.#state === "up" ? this.#endpoint : undefined;
    if (!endpoint || endpoint.extensions.length === 0) return await this.#stop(0);
    this.#state = "stopped";
    endpoint.listenTo(IGNORING);
    let graceMs = 0;
    try {
      await this.thaw();
      graceMs = await endpoint.shutDown(reason);
    } catch (error) {
      this.#deps.logger.warn({ err: error, sandboxId: this.id }, "extensions could not be told that they are to end");
    }
    await this.#stop(graceMs);
  }

  async #stop(graceMs: number): Promise<void> {
    this.#state = "stopped";
    this.#endpoint?.listenTo(IGNORING);
    await this.#deps.driver.stop(this.id, graceMs);
    await this.#output?.drain();
    await this.#extensionOutput?.drain();
    this.#output?.[Symbol.dispose]();
    this.#extensionOutput?.[Symbol.dispose]();
    await this.#endpoint?.[Symbol.asyncDispose]();
    this.#owner = undefined;
    this.#onGone();
  }

  async #openExtensionOutput(path: string): Promise<void> {
    const { clock, outputBudget } = this.#deps;
    const onLines = (lines: readonly string[]): void => this.#owner?.onExtensionLines(lines);
    this.#extensionOutput = await OutputPipe.create(path, onLines, clock, outputBudget);
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
}
