import { invariant, type Random } from "@hearth/kit";
import {
  type FunctionVersion,
  type Invocation,
  type InvocationReport,
  type LogSink,
  type Outcome,
  ServiceException,
} from "@hearth/model";
import type {
  ExtensionFault,
  NewSubscription,
  ProcessEnd,
  ShutdownReason,
  TelemetrySubscriptions,
} from "@hearth/runtime-api";
import { Deadline } from "./deadline.ts";
import { endSandbox } from "./endSandbox.ts";
import type { EnvironmentKeeper } from "./environmentKeeper.ts";
import { EnvironmentLog } from "./environmentLog.ts";
import { type EnvironmentState, type EnvironmentStatus, STATUS, transition } from "./environmentState.ts";
import type { InitializationType } from "./environmentVariables.ts";
import { exitFault, exitOutcome, timedOutOutcome, tooLargeLines, tooLargeOutcome, truncatedOutcome } from "./faults.ts";
import { finishFailedInit } from "./finishFailedInit.ts";
import { FrozenSandbox } from "./frozenSandbox.ts";
import { initTimeoutMs } from "./initialisation.ts";
import type { InitTimes } from "./measure.ts";
import { newLogStream } from "./newLogStream.ts";
import type { Fault, ReportFigures } from "./platformEvent.ts";
import { type InitRun, runInit, type RunInitDeps } from "./runInit.ts";
import { RunningInvocation, type RunningInvocationDeps } from "./runningInvocation.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SandboxExit, SandboxOwner } from "./sandboxOwner.ts";

/** A process that ends breaks off its streamed response first. How long to wait for the exit, which tells why it ended. */
const TRUNCATED_GRACE_MS = 250;
const BYTES_PER_MB = 1024 * 1024;

export interface EnvironmentDeps extends RunInitDeps {
  readonly logs: LogSink;
  readonly random: Random;
}

/**
 * One sandbox for one function version, used for one invocation at a time; its states are in environmentState.ts. An init that fails is
 * tried once more, in a fresh sandbox, within the invocation that waited for it and under that invocation's timeout, as AWS does.
 */
export class ExecutionEnvironment implements SandboxOwner, Disposable {
  readonly version: FunctionVersion;
  readonly initializationType: InitializationType;
  readonly #deps: EnvironmentDeps;
  readonly #keeper: EnvironmentKeeper<ExecutionEnvironment>;
  readonly #invocationDeps: RunningInvocationDeps;
  readonly #log: EnvironmentLog;
  readonly #timeoutMs: number;
  readonly #deadline: Deadline;
  #state: EnvironmentState = { name: "starting" };
  /** How long the init before the first invocation took, until that invocation takes it into its report. */
  #initTimes: InitTimes | undefined;
  /** Memory that the runtime reported when it was ready, or that the sandbox of a failed init used. */
  #memoryBytes = 0;
  #hasRun = false;
  #runningSinceMs = Infinity;

  constructor(
    version: FunctionVersion,
    deps: EnvironmentDeps,
    keeper: EnvironmentKeeper<ExecutionEnvironment>,
    initializationType: InitializationType = "on-demand",
  ) {
    this.version = version;
    this.initializationType = initializationType;
    this.#deps = deps;
    this.#keeper = keeper;
    const { LoggingConfig, Timeout } = version.configuration;
    this.#timeoutMs = Timeout * 1000;
    this.#deadline = new Deadline(deps.clock, () => this.#timedOut());
    const stream = newLogStream(version, deps.clock.now(), deps.random);
    this.#log = new EnvironmentLog(stream, LoggingConfig, deps.logs, deps.clock);
    this.#invocationDeps = { version, log: this.#log, clock: deps.clock };
  }

  get status(): EnvironmentStatus {
    return STATUS[this.#state.name];
  }

  /** When it became idle, on the monotonic clock; Infinity while it is not idle. */
  get idleSinceMs(): number {
    return this.#state.name === "idle" ? this.#state.sinceMs : Infinity;
  }

  /** Whether its first invocation has begun. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  /** The most memory that it is known to have used. */
  get usedMemoryMb(): number {
    const state = this.#state;
    const sandboxBytes = "sandbox" in state ? state.sandbox.maxMemoryBytes : 0;
    return Math.max(sandboxBytes, this.#memoryBytes) / BYTES_PER_MB;
  }

  /** What it holds now as far as that is known, files in /tmp included. */
  get memoryNowMb(): number {
    const state = this.#state;
    const heldBytes = "sandbox" in state ? state.sandbox.heldBytes : undefined;
    return heldBytes === undefined ? this.heldMemoryMb : heldBytes / BYTES_PER_MB;
  }

  /** The most memory that it is known to have used, and what its files in /tmp hold. */
  get heldMemoryMb(): number {
    const state = this.#state;
    return this.usedMemoryMb + ("sandbox" in state ? state.sandbox.tmpBytes / BYTES_PER_MB : 0);
  }

  /** When its function's code began to run, on the monotonic clock; Infinity before. */
  get runningSinceMs(): number {
    return this.#runningSinceMs;
  }

  get isFrozen(): boolean {
    const state = this.#state;
    return (state.name === "idle" || state.name === "taken") && state.frozen !== undefined;
  }

  /**
   * Starts a sandbox and runs the function's init. Resolves with the result of the init, after the keeper has been told. Rejects when the
   * platform fails or when the environment is stopped meanwhile.
   */
  async start(signal: AbortSignal): Promise<"ready" | "initFailed"> {
    const limitMs = initTimeoutMs(this.initializationType, this.#timeoutMs);
    const { result, sandbox } = await this.#init("init", limitMs, signal);
    if (this.#state.name !== "initializing")
      throw new ServiceException("The environment was stopped while it started.");
    if (result.kind === "ready") {
      this.#initTimes = result;
      this.#becomeIdle(sandbox, undefined);
      return "ready";
    }
    this.#become({ name: "initFailed" });
    this.#keeper.onInitFailed(this);
    return "initFailed";
  }

  /** Takes it for one invocation. Only an idle environment, or one whose init failed, can be taken; disposing it gives it back. */
  take(): void {
    const state = this.#state;
    if (state.name === "initFailed") return this.#become({ name: "restarting" });
    invariant(state.name === "idle", "only an idle environment can be taken");
    this.#become({ name: "taken", sandbox: state.sandbox, frozen: state.frozen });
  }

  /**
   * Runs one invocation; whatever the function does is in the report. Rejects when the platform fails. `signal` matters until the
   * event is handed over: an invocation that has begun ends by its response, its timeout or the end of its environment.
   */
  run(invocation: Invocation, signal: AbortSignal): Promise<InvocationReport> {
    const state = this.#state;
    if (state.name === "restarting") return this.#initAndRun(invocation, signal);
    if (state.name === "taken" && state.frozen) return this.#thawAndRun(state.frozen, invocation);
    return this.#invoke(invocation, this.#deps.clock.monotonicMs(), this.#timeoutMs);
  }

  /** Gives the environment back after `take`. Idempotent. */
  [Symbol.dispose](): void {
    const state = this.#state;
    if (state.name === "taken") this.#becomeIdle(state.sandbox, state.frozen);
    else if (state.name === "restarting" || state.name === "reinitializing") void this.stop();
    else if ((state.name === "invoking" || state.name === "answered") && state.isHeld) {
      state.isHeld = false;
      if (state.name === "answered" && state.sandbox.allWaiting) this.#becomeIdle(state.sandbox, undefined);
      else this.#keeper.onFinishing(this);
    }
  }

  /** The CPU time that its processes have used so far; `undefined` where that is unknown, and where it is not idle. */
  cpuMs(): Promise<number | undefined> {
    return this.#state.name === "idle" ? this.#state.sandbox.cpuMs() : Promise.resolve(undefined);
  }

  /** Freezes its processes if it is idle. The next invocation thaws them. */
  freeze(): void {
    const state = this.#state;
    if (state.name !== "idle" || state.frozen || !state.sandbox.allWaiting) return;
    state.frozen = new FrozenSandbox(state.sandbox, this.#deps.logger);
  }

  /** Idempotent. Fails the invocation that runs. Resolves once nothing is left of the sandbox, after its extensions have ended. */
  stop(reason: ShutdownReason = "spindown"): Promise<void> {
    const state = this.#state;
    if (state.name === "stopping") return state.ended;
    if (state.name === "stopped") return Promise.resolve();
    const ended = endSandbox("sandbox" in state ? state.sandbox : undefined, reason).then(() =>
      this.#become({ name: "stopped" }),
    );
    this.#become({ name: "stopping", ended });
    this.#keeper.onEnd(this);
    this.#deadline[Symbol.dispose]();
    if ("init" in state) state.init.abandon();
    if (state.name === "invoking")
      state.invocation.abort(new ServiceException("The execution environment was stopped."));
    else if (state.name === "answered") state.invocation.over(this.#memoryOf(state.sandbox));
    return ended;
  }

  onWaiting(): void {
    // The runtime has executed itself afresh and asks again: the endpoint has answered already.
  }

  onNext(maxRssBytes: number | undefined): void {
    if (maxRssBytes !== undefined) this.#memoryBytes = maxRssBytes;
    const state = this.#state;
    // Extensions may wait to hear that the runtime has finished before they ask for their next event.
    if (state.name === "answered" && !state.sandbox.allWaiting && state.sandbox.extensions.length > 0)
      state.invocation.runtimeDone();
  }

  onAllWaiting(): void {
    this.#deadline.clear();
    const state = this.#state;
    if (state.name !== "answered") return;
    state.invocation.over(this.#memoryOf(state.sandbox));
    if (!state.isHeld) this.#becomeIdle(state.sandbox, undefined);
  }

  onResponse(payload: Uint8Array): void {
    this.#answer({ kind: "success", payload }, "success", undefined);
  }

  onError(payload: Uint8Array, errorType: string): void {
    this.#answer({ kind: "functionError", payload, errorType }, "error", undefined);
  }

  onTooLarge(maxBytes: number): void {
    this.#log.lines(tooLargeLines(this.version.configuration.Runtime, this.#deps.clock.now()));
    this.#answer(tooLargeOutcome(maxBytes), "error", undefined);
  }

  onTruncated(): void {
    const state = this.#state;
    if (state.name !== "invoking") return;
    this.#deps.clock.after(TRUNCATED_GRACE_MS, () => {
      if (this.#state !== state) return;
      this.#answer(truncatedOutcome(), "error", undefined);
      void this.stop("failure");
    });
  }

  onInitError(payload: Uint8Array, errorType: string): void {
    const state = this.#state;
    if ("init" in state) state.init.failed(payload, errorType);
  }

  onRestore(): void {
    const state = this.#state;
    if ("init" in state) state.init.restoring();
  }

  onLines(lines: readonly string[]): void {
    this.#log.lines(lines);
  }

  onExtensionLines(lines: readonly string[]): void {
    this.#log.extensionLines(lines);
  }

  onExtensions(telemetry: Pick<TelemetrySubscriptions, "publish">): void {
    this.#log.publishTo(telemetry);
  }

  onSubscribed({ api, ...subscription }: NewSubscription): void {
    this.#log.say({ type: `${api}Subscription`, ...subscription });
  }

  onExtensionFault(fault: ExtensionFault): void {
    this.#failed({ kind: "exit", ...fault });
  }

  onRuntimeExit(end: ProcessEnd): void {
    this.#failed(exitFault({ ...end, outOfMemory: false }));
  }

  onExit(exit: SandboxExit): void {
    this.#failed(exitFault(exit));
  }

  /** The runtime or an extension has ended. */
  #failed(fault: Extract<Fault, { kind: "exit" }>): void {
    const state = this.#state;
    if ("init" in state) {
      state.init.ended(fault);
      return;
    }
    if (state.name === "invoking") {
      this.#answer(exitOutcome(state.invocation.requestId, fault), "failure", fault);
    } else if (state.name === "answered") {
      state.invocation.over(this.#memoryOf(state.sandbox), fault);
    }
    void this.stop("failure");
  }

  /** Hands the event to the runtime. */
  #invoke(invocation: Invocation, startedMs: number, leftMs: number): Promise<InvocationReport> {
    const state = this.#state;
    if (state.name !== "taken" && state.name !== "reinitializing")
      return Promise.reject(new ServiceException("The execution environment has ended."));
    const { sandbox } = state;
    const running = new RunningInvocation(invocation, startedMs, this.#initTimes, this.#invocationDeps);
    this.#initTimes = undefined;
    this.#hasRun = true;
    this.#become({ name: "invoking", sandbox, invocation: running, isHeld: true });
    this.#deadline.set(leftMs);
    sandbox.invoke(invocation, Math.round(this.#deps.clock.now() + leftMs));
    return running.report;
  }

  async #thawAndRun(frozen: FrozenSandbox, invocation: Invocation): Promise<InvocationReport> {
    try {
      await frozen.thaw();
    } catch (error) {
      void this.stop();
      throw error;
    }
    return this.#invoke(invocation, this.#deps.clock.monotonicMs(), this.#timeoutMs);
  }

  /** The init before failed: tries it once more, within this invocation and its timeout. */
  async #initAndRun(invocation: Invocation, signal: AbortSignal): Promise<InvocationReport> {
    const startedMs = this.#deps.clock.monotonicMs();
    const { result } = await this.#init("invoke", this.#timeoutMs, signal);
    if (result.kind === "ready") {
      const leftMs = Math.max(1, this.#timeoutMs - (this.#deps.clock.monotonicMs() - startedMs));
      return this.#invoke(invocation, startedMs, leftMs);
    }
    const running = new RunningInvocation(invocation, startedMs, undefined, this.#invocationDeps);
    finishFailedInit(running, result, this.#timeoutMs, this.#memoryBytes);
    void this.stop();
    return running.report;
  }

  async #init(phase: "init" | "invoke", limitMs: number, signal: AbortSignal): Promise<InitRun> {
    const [before, during] =
      phase === "init" ? (["starting", "initializing"] as const) : (["restarting", "reinitializing"] as const);
    const run = await runInit(
      {
        version: this.version,
        initializationType: this.initializationType,
        log: this.#log,
        phase,
        limitMs,
        owner: this,
        isWanted: () => this.#state.name === before,
        onBegin: (sandbox, init) => {
          this.#runningSinceMs = Math.min(this.#runningSinceMs, this.#deps.clock.monotonicMs());
          this.#become({ name: during, sandbox, init });
        },
      },
      this.#deps,
      signal,
    );
    if (run.result.kind !== "ready") this.#memoryBytes = run.sandbox.maxMemoryBytes;
    return run;
  }

  #timedOut(): void {
    const state = this.#state;
    const fault: Fault = { kind: "timeout", afterMs: this.#timeoutMs };
    if (state.name === "invoking") {
      this.#answer(timedOutOutcome(state.invocation.requestId, fault.afterMs), "timeout", fault);
    } else if (state.name === "answered") {
      // The runtime has responded but not asked for the next event. The answer that it gave stays valid.
      state.invocation.over(this.#memoryOf(state.sandbox), fault);
    }
    void this.stop("timeout");
  }

  /** Gives the invocation that runs its outcome, if there is one. */
  #answer(outcome: Outcome, status: ReportFigures["status"], fault: Fault | undefined): void {
    const state = this.#state;
    if (state.name !== "invoking") return;
    const { sandbox, invocation, isHeld } = state;
    this.#become({ name: "answered", sandbox, invocation, isHeld });
    invocation.answer(outcome, status, fault, this.#memoryOf(sandbox), sandbox.respondingSinceMs);
  }

  /** The most memory that the sandbox is known to have used. */
  #memoryOf(sandbox: Sandbox): number {
    return Math.max(sandbox.maxMemoryBytes, this.#memoryBytes);
  }

  #becomeIdle(sandbox: Sandbox, frozen: FrozenSandbox | undefined): void {
    this.#become({ name: "idle", sandbox, sinceMs: this.#deps.clock.monotonicMs(), frozen });
    this.#keeper.onFree(this);
  }

  #become(next: EnvironmentState): void {
    this.#state = transition(this.#state, next);
  }
}
