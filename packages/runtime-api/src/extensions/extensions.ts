import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@hearth/kit";
import type { Invocation } from "@hearth/model";
import { traceHeader } from "../nextHeaders.ts";
import type { RuntimeChannel } from "../runtimeChannel.ts";
import { Extension } from "./extension.ts";
import { endText, type ExtensionFault, launchFault } from "./extensionFault.ts";
import { SupervisorChannel, type SupervisorMessage } from "./supervisorChannel.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_EXTENSIONS = 10;
/** How long an extension that has reported an error may take to end. */
const REPORTED_GRACE_MS = 1_000;
const INTERNAL_SHUTDOWN_MS = 500;
const EXTERNAL_SHUTDOWN_MS = 2_000;
/** What the runtime gets of the time for external extensions. */
const RUNTIME_SHUTDOWN_MS = 300;
/** What telemetry that is still under way gets of it, before extensions are told to end: many end at once when they are. */
const TELEMETRY_MS = 500;

export type ShutdownReason = "spindown" | "timeout" | "failure";

export interface ExtensionsDeps {
  readonly channel: RuntimeChannel;
  readonly clock: Clock;
  /** Makes the FIFO for the output of external extensions. */
  readonly prepareOutput: () => Promise<void>;
  /** The supervisor has found extensions: the runtime will be another process, which asks for its function again. */
  readonly onFound: () => void;
}

/** The extensions of one sandbox: external ones that its supervisor has found, and internal ones that registered from the runtime process. */
export class Extensions implements Disposable {
  readonly supervisor: SupervisorChannel;
  readonly #deps: ExtensionsDeps;
  readonly #byName = new Map<string, Extension>();
  readonly #runtimeEnded = Promise.withResolvers<void>();
  readonly #allEnded = Promise.withResolvers<void>();
  #isShuttingDown = false;

  constructor(deps: ExtensionsDeps) {
    this.#deps = deps;
    this.supervisor = new SupervisorChannel(deps.clock, (message) => this.#onMessage(message));
  }

  get all(): Iterable<Extension> {
    return this.#byName.values();
  }

  get count(): number {
    return this.#byName.size;
  }

  named(name: string): Extension | undefined {
    return this.#byName.get(name);
  }

  withId(id: string): Extension | undefined {
    for (const extension of this.#byName.values()) if (extension.id === id) return extension;
    return undefined;
  }

  /** An extension that the runtime process registers for itself. */
  addInternal(name: string): Extension {
    return this.#add(name, false);
  }

  /** An extension has registered: the runtime starts when all external ones have. */
  registered(): void {
    for (const { isExternal, isRegistered } of this.all) if (isExternal && !isRegistered) return;
    this.supervisor.order({ do: "startRuntime" });
  }

  /** An extension has reported an error and is going to end. */
  reported(extension: Extension, state: "InitError" | "ExitError", errorType: string): void {
    extension.state = state;
    extension.errorType = errorType;
    if (!extension.isExternal) return this.#fault({ errorType: `Extension.${state}`, error: errorType });
    this.#deps.clock.after(REPORTED_GRACE_MS, () => {
      if (!extension.hasEnded) this.#fault({ errorType: `Extension.${state}`, error: errorType });
    });
  }

  invoke(invocation: Invocation, deadlineMs: number): void {
    let event: Buffer | undefined;
    for (const extension of this.all) {
      if (!extension.wants("INVOKE")) continue;
      extension.participant.works();
      extension.deliver((event ??= invokeEvent(invocation, deadlineMs)));
    }
  }

  /**
   * Tells the extensions that the sandbox is going to be stopped, after the last `telemetry` has arrived, and waits until they have ended, for as long
   * as AWS does. Resolves with the time that the runtime process has left to end by SIGTERM.
   */
  async shutDown(reason: ShutdownReason, telemetry?: Promise<void>): Promise<number> {
    if (this.#isShuttingDown || this.count === 0) return 0;
    this.#isShuttingDown = true;
    if (!this.supervisor.isOpen) return reason === "spindown" ? INTERNAL_SHUTDOWN_MS : 0;
    const { clock } = this.#deps;
    const endsAt = clock.monotonicMs() + EXTERNAL_SHUTDOWN_MS;
    if (reason === "spindown") {
      this.supervisor.order({ do: "terminateRuntime" });
      await this.#within(RUNTIME_SHUTDOWN_MS, this.#runtimeEnded.promise);
    }
    this.supervisor.order({ do: "killRuntime" });
    if (telemetry) await this.#within(TELEMETRY_MS, telemetry);
    const leftMs = Math.max(1, endsAt - clock.monotonicMs());
    const event = Buffer.from(
      JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: Math.round(clock.now() + leftMs), shutdownReason: reason }),
    );
    for (const extension of this.all) if (extension.isExternal && extension.wants("SHUTDOWN")) extension.deliver(event);
    this.#checkAllEnded();
    await this.#within(leftMs, this.#allEnded.promise);
    return 0;
  }

  acceptSupervisor(request: IncomingMessage, socket: Duplex): void {
    if (request.url === "supervisor.hearth:1") this.supervisor.accept(socket);
    else socket.destroy();
  }

  /** Forgets requests whose connection has closed. */
  onClosed(socket: Socket): void {
    for (const extension of this.all) extension.onClosed(socket);
  }

  [Symbol.dispose](): void {
    this.supervisor[Symbol.dispose]();
  }

  #add(name: string, isExternal: boolean): Extension {
    const extension = new Extension(name, isExternal, crypto.randomUUID(), this.#deps.channel.readiness.join());
    this.#byName.set(name, extension);
    return extension;
  }

  #onMessage(message: SupervisorMessage): void {
    if (message.kind === "found") this.#found(message.names);
    else if (message.kind === "launchFailed") {
      const extension = this.#byName.get(message.name);
      if (!extension?.isExternal) return;
      extension.state = "LaunchError";
      extension.errorType = "Extension.LaunchError";
      extension.hasEnded = true;
      this.#fault(launchFault(message.name, message.reason));
    } else if (message.name === undefined) {
      this.#runtimeEnded.resolve();
      if (!this.#isShuttingDown) this.#deps.channel.listener.onRuntimeExit(message.end);
    } else this.#ended(message.name, endText(message.end));
  }

  #found(names: readonly string[]): void {
    if (this.count > 0 || names.length === 0) return;
    this.#deps.onFound();
    for (const name of names.slice(0, MAX_EXTENSIONS)) this.#add(name, true);
    if (names.length > MAX_EXTENSIONS) {
      const error = `/opt/extensions has ${names.length} extensions: the most is ${MAX_EXTENSIONS}`;
      this.#fault({ errorType: "Extension.TooManyExtensions", error });
      return;
    }
    this.#deps.prepareOutput().then(
      () => this.supervisor.order({ do: "startExtensions" }),
      (error: unknown) => this.#fault({ errorType: "Extension.LaunchError", error: String(error) }),
    );
  }

  #ended(name: string, error: string): void {
    const extension = this.#byName.get(name);
    if (!extension?.isExternal || extension.hasEnded) return;
    extension.hasEnded = true;
    if (this.#isShuttingDown) return this.#checkAllEnded();
    const reported = extension.state === "InitError" || extension.state === "ExitError";
    const errorType = reported ? `Extension.${extension.state}` : "Extension.Crash";
    if (!reported) {
      extension.state = "Exited";
      extension.errorType = errorType;
    }
    this.#fault({ errorType, error });
  }

  #fault(fault: ExtensionFault): void {
    if (!this.#isShuttingDown) this.#deps.channel.listener.onExtensionFault(fault);
  }

  /** Those that have not registered for SHUTDOWN are not waited for. */
  #checkAllEnded(): void {
    for (const extension of this.all)
      if (extension.isExternal && !extension.hasEnded && extension.wants("SHUTDOWN")) return;
    this.#allEnded.resolve();
  }

  async #within(ms: number, ended: Promise<void>): Promise<void> {
    const over = new AbortController();
    await Promise.race([ended, this.#deps.clock.sleep(ms, over.signal).catch(() => undefined)]);
    over.abort(new Error("ended in time"));
  }
}

function invokeEvent(invocation: Invocation, deadlineMs: number): Buffer {
  const { requestId, invokedFunctionArn } = invocation;
  const tracing = { type: "X-Amzn-Trace-Id", value: traceHeader(invocation, deadlineMs) };
  return Buffer.from(JSON.stringify({ eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn, tracing }));
}
