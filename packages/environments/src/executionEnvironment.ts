import type { Clock, Random } from "@hearth/kit";
import {
  type FunctionVersion,
  type Invocation,
  type InvocationReport,
  type LogSink,
  type Outcome,
  ServiceException,
} from "@hearth/model";
import { Deadline } from "./deadline.ts";
import { EnvironmentLog } from "./environmentLog.ts";
import { type EnvironmentState, transition } from "./environmentState.ts";
import { exitFault, exitOutcome, isOutOfMemory, timedOutOutcome, tooLargeOutcome, truncatedOutcome } from "./faults.ts";
import { Initialisation, initEvents, type InitResult, initTimeoutMs } from "./initialisation.ts";
import { newLogStream } from "./newLogStream.ts";
import { measure } from "./measure.ts";
import type { EnvironmentMetrics } from "./metrics.ts";
import { oneTurn } from "./oneTurn.ts";
import { placeFunction, type PlaceFunctionDeps } from "./placeFunction.ts";
import type { InitializationType } from "./environmentVariables.ts";
import type { Fault, PlatformEvent, ReportFigures } from "./reportLine.ts";
import type { Sandbox, SandboxExit, SandboxOwner } from "./sandbox.ts";

/** A process that ends breaks its answer off first: how long its end, which says why, is waited for. */
const TRUNCATED_GRACE_MS = 250;

export interface EnvironmentDeps extends PlaceFunctionDeps {
  readonly logs: LogSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: EnvironmentMetrics;
  /** What really runs for a runtime identifier, as the INIT_START line says it. */
  readonly runtimeVersion: (runtime: string) => string;
}

/** Whoever keeps environments hears when one is free again and when one ends. */
export interface EnvironmentKeeper {
  /** It was given back, but its runtime has yet to ask for the next event. */
  onFinishing(environment: ExecutionEnvironment): void;
  onFree(environment: ExecutionEnvironment): void;
  onEnd(environment: ExecutionEnvironment): void;
}

interface Running {
  readonly invocation: Invocation;
  readonly startedMs: number;
  readonly resolve: (report: InvocationReport) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One sandbox for one function version, used for one invocation at a time; see environmentState.ts. An init that fails is tried once
 * more, in a fresh sandbox, within the invocation that it was for and under that one's timeout, as AWS does.
 */
export class ExecutionEnvironment implements SandboxOwner, Disposable {
  readonly version: FunctionVersion;
  readonly initializationType: InitializationType;
  readonly #deps: EnvironmentDeps;
  readonly #keeper: EnvironmentKeeper;
  readonly #log: EnvironmentLog;
  readonly #timeoutMs: number;
  readonly #deadline: Deadline;
  #state: EnvironmentState = "starting";
  #sandbox: Sandbox | undefined;
  #initialising: Initialisation | undefined;
  #initFailed = false;
  /** Of the init before the first invocation, until that invocation reports it. */
  #initMs: number | undefined;
  #running: Running | undefined;
  /** The runtime waits in `next`; the holder has given the environment back. It is free when both are so. */
  #runtimeWaits = false;
  #held = false;
  #idleSinceMs = 0;
  #freezing: Promise<void> | undefined;
  /** What the runtime said of itself when it was ready, or an earlier sandbox was seen to use. */
  #memoryBytes = 0;
  #stopped: Promise<void> | undefined;

  constructor(
    version: FunctionVersion,
    deps: EnvironmentDeps,
    keeper: EnvironmentKeeper,
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
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  /** When it became idle, on the monotonic clock. */
  get idleSinceMs(): number {
    return this.#idleSinceMs;
  }

  get isFrozen(): boolean {
    return this.#freezing !== undefined;
  }

  /** Its init failed; only an invocation that waits for it has a use for it. */
  get hasFailedInit(): boolean {
    return this.#initFailed;
  }

  /** Starts a sandbox and runs the function's init. Resolves when idle, also when the function's own init failed; else rejects. */
  async start(signal: AbortSignal): Promise<void> {
    const result = await this.#init("init", initTimeoutMs(this.initializationType, this.#timeoutMs), signal);
    if (this.#state !== "initializing") throw new ServiceException("The environment was stopped while it started.");
    this.#initFailed = result.kind !== "ready";
    if (result.kind === "ready") this.#initMs = result.durationMs;
    this.#becomeIdle();
  }

  /** Takes it for one invocation. Only an idle environment can be taken; disposing it gives it back. */
  take(): void {
    this.#state = transition(this.#state, "busy");
    this.#held = true;
  }

  /**
   * Runs one invocation; whatever the function does is in the report. Rejects when the platform fails. `signal` matters until the
   * event is handed over: an invocation that has begun ends by its answer, its timeout or the end of its environment.
   */
  run(invocation: Invocation, signal: AbortSignal): Promise<InvocationReport> {
    if (this.#initFailed) return this.#initAndRun(invocation, signal);
    if (this.#freezing) return this.#thawAndRun(invocation);
    return this.#run(invocation, this.#deps.clock.monotonicMs(), this.#timeoutMs);
  }

  /** Gives the environment back after `take`. Idempotent. */
  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#initFailed) void this.stop();
    else if (this.#runtimeWaits) this.#freeIfReady();
    else if (this.#state === "busy") this.#keeper.onFinishing(this);
  }

  /** Freezes its processes if it is idle. Thawed by the next invocation. */
  freeze(): void {
    const sandbox = this.#sandbox;
    if (this.#state !== "idle" || this.#freezing || !sandbox) return;
    this.#freezing = sandbox.freeze().catch((error: unknown) => {
      this.#deps.logger.warn({ err: error, sandboxId: sandbox.id }, "freezing failed");
    });
  }

  /** Idempotent. Fails the invocation that runs. Resolves once nothing is left of the sandbox. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  onWaiting(): void {
    // After a fresh exec: the endpoint has answered it already.
  }

  onNext(maxRssBytes: number | undefined): void {
    if (maxRssBytes !== undefined) this.#memoryBytes = maxRssBytes;
    this.#runtimeWaits = true;
    if (this.#initialising) {
      this.#initialising.ready();
      return;
    }
    this.#deadline.clear();
    this.#freeIfReady();
  }

  onResponse(payload: Uint8Array): void {
    this.#finish({ kind: "success", payload }, "success", undefined);
  }

  onError(payload: Uint8Array, errorType: string): void {
    this.#finish({ kind: "functionError", payload, errorType }, "error", undefined);
  }

  onTooLarge(maxBytes: number): void {
    this.#finish(tooLargeOutcome(maxBytes), "error", undefined);
  }

  onTruncated(): void {
    const running = this.#running;
    if (!running) return;
    this.#deps.clock.after(TRUNCATED_GRACE_MS, () => {
      if (this.#running !== running) return;
      this.#finish(truncatedOutcome(), "error", undefined);
      void this.stop();
    });
  }

  onInitError(payload: Uint8Array, errorType: string): void {
    this.#initialising?.failed(payload, errorType);
  }

  onLines(lines: readonly string[]): void {
    this.#log.lines(lines);
  }

  onExit(exit: SandboxExit): void {
    if (this.#initialising) {
      this.#initialising.exited(exit);
      return;
    }
    const running = this.#running;
    if (running) {
      const fault = exitFault(exit);
      this.#finish(exitOutcome(running.invocation.requestId, fault), "failure", fault);
    }
    void this.stop();
  }

  #run(invocation: Invocation, startedMs: number, leftMs: number): Promise<InvocationReport> {
    const { clock } = this.#deps;
    const sandbox = this.#sandbox;
    return new Promise((resolve, reject) => {
      if (this.#state !== "busy" || !sandbox) {
        reject(new ServiceException("The execution environment has ended."));
        return;
      }
      this.#running = { invocation, startedMs, resolve, reject };
      this.#runtimeWaits = false;
      this.#deadline.set(leftMs);
      this.#begin(invocation);
      sandbox.invoke(invocation, Math.round(clock.now() + leftMs));
    });
  }

  #begin({ requestId, version, wantLogTail }: Invocation): void {
    this.#log.begin({ type: "start", requestId, version: version.Version }, wantLogTail);
  }

  async #thawAndRun(invocation: Invocation): Promise<InvocationReport> {
    await this.#freezing;
    try {
      await this.#sandbox?.thaw();
    } catch (error) {
      void this.stop();
      throw error;
    }
    this.#freezing = undefined;
    return this.#run(invocation, this.#deps.clock.monotonicMs(), this.#timeoutMs);
  }

  /** The init before failed: once more, within this invocation and its timeout. */
  async #initAndRun(invocation: Invocation, signal: AbortSignal): Promise<InvocationReport> {
    const startedMs = this.#deps.clock.monotonicMs();
    const result = await this.#init("invoke", this.#timeoutMs, signal);
    if (result.kind === "ready") {
      this.#initFailed = false;
      const leftMs = Math.max(1, this.#timeoutMs - (this.#deps.clock.monotonicMs() - startedMs));
      return this.#run(invocation, startedMs, leftMs);
    }
    return new Promise((resolve, reject) => {
      this.#running = { invocation, startedMs, resolve, reject };
      this.#begin(invocation);
      const { requestId } = invocation;
      if (result.kind === "timeout") this.#finishTimedOut(requestId);
      else if (result.kind === "exit") this.#finish(exitOutcome(requestId, result.fault), "failure", result.fault);
      else {
        const { payload, errorType } = result;
        this.#finish({ kind: "functionError", payload, errorType }, "failure", undefined);
      }
      void this.stop();
    });
  }

  /** Takes a sandbox, makes it this function's and runs the function's init in it. Rejects when the platform fails. */
  async #init(phase: "init" | "invoke", limitMs: number, signal: AbortSignal): Promise<InitResult> {
    const { clock, metrics } = this.#deps;
    const { sandbox, specialisation } = await placeFunction(
      this.version,
      this.#log.stream,
      this.initializationType,
      this.#deps,
      signal,
    );
    if (this.#stopped) {
      await sandbox.stop(0);
      throw new ServiceException("The execution environment was stopped while it started.");
    }
    this.#sandbox = sandbox;
    this.#log.readFrom(sandbox);
    sandbox.attach(this);
    if (phase === "init") {
      this.#state = transition(this.#state, "initializing");
      this.#sayInitStart();
    }
    const initialising = new Initialisation(limitMs, clock);
    this.#initialising = initialising;
    this.#runtimeWaits = false;
    sandbox.specialise(specialisation);
    const result = await initialising.result;
    this.#initialising = undefined;
    metrics.initialised(result.kind, result.durationMs);
    const events = initEvents(this.initializationType, phase, result);
    if (result.kind !== "ready") {
      // What the function wrote before it failed comes before the report.
      await oneTurn();
      sandbox.flush();
      this.#memoryBytes = sandbox.maxMemoryBytes;
      this.#sandbox = undefined;
      void sandbox.stop(0);
    }
    for (const event of events) this.#log.say(event);
    return result;
  }

  #sayInitStart(): void {
    const { Runtime, RuntimeVersionConfig } = this.version.configuration;
    if (Runtime === undefined) return;
    this.#log.say({
      type: "initStart",
      initializationType: this.initializationType,
      runtimeVersion: this.#deps.runtimeVersion(Runtime),
      runtimeVersionArn: RuntimeVersionConfig?.RuntimeVersionArn ?? "",
    });
  }

  #timedOut(): void {
    if (this.#running) this.#finishTimedOut(this.#running.invocation.requestId);
    // Also when it has answered but never asked for the next event.
    void this.stop();
  }

  #finishTimedOut(requestId: string): void {
    const afterMs = this.#timeoutMs;
    this.#finish(timedOutOutcome(requestId, afterMs), "timeout", { kind: "timeout", afterMs });
  }

  /** Settles the invocation that runs, if one does, and has its last lines written. */
  #finish(outcome: Outcome, status: ReportFigures["status"], fault: Fault | undefined): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    const { requestId, wantLogTail } = running.invocation;
    const { report, lines } = measure({
      requestId,
      version: this.version,
      outcome,
      status,
      elapsedMs: this.#deps.clock.monotonicMs() - running.startedMs,
      initMs: this.#initMs,
      memoryBytes: isOutOfMemory(fault) ? Infinity : Math.max(this.#sandbox?.maxMemoryBytes ?? 0, this.#memoryBytes),
    });
    this.#initMs = undefined;
    const events: readonly PlatformEvent[] = fault ? [{ type: "fault", requestId, fault }, ...lines] : lines;
    if (wantLogTail) {
      this.#log.end(events, (logTail) => running.resolve({ ...report, logTail }));
    } else {
      this.#log.end(events, undefined);
      running.resolve(report);
    }
  }

  #freeIfReady(): void {
    if (this.#state === "busy" && this.#runtimeWaits && !this.#held) this.#becomeIdle();
  }

  #becomeIdle(): void {
    this.#state = transition(this.#state, "idle");
    this.#idleSinceMs = this.#deps.clock.monotonicMs();
    this.#keeper.onFree(this);
  }

  async #stop(): Promise<void> {
    this.#state = transition(this.#state, "stopping");
    this.#keeper.onEnd(this);
    this.#deadline[Symbol.dispose]();
    this.#initialising?.abandon();
    this.#running?.reject(new ServiceException("The execution environment was stopped."));
    this.#running = undefined;
    // What it wrote last is in the pipe still, and an invocation's last lines come one turn after its end.
    await oneTurn();
    this.#sandbox?.flush();
    await this.#sandbox?.stop(0);
    this.#state = transition(this.#state, "stopped");
  }
}
