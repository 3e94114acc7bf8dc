import type { Clock, Logger } from "@hearth/kit";
import {
  AwsError,
  type FunctionVersion,
  type LogSink,
  ServiceException,
  TooManyRequestsException,
} from "@hearth/model";
import { decideStart } from "./decideStart.ts";
import type { InitializationType } from "./environmentVariables.ts";
import type { EnvironmentKeeper } from "./environmentKeeper.ts";
import { type EnvironmentDeps, ExecutionEnvironment } from "./executionEnvironment.ts";
import { Lifetimes } from "./lifetimes.ts";
import type { LogLimiter } from "./logLimiter.ts";
import type { EnvironmentMetrics } from "./metrics.ts";
import { onDemandType } from "./onDemandType.ts";
import { type ProvisionedCounts, ProvisionedEnvironments } from "./provisionedEnvironments.ts";
import type { StartQueue, StartWish } from "./startQueue.ts";
import { WaitingRequests } from "./waitingRequests.ts";

type MeasuredVersion = Pick<Pool, "version" | "peakMemoryMb">;

export interface PoolDeps {
  readonly environment: Omit<EnvironmentDeps, "logs" | "expectedMb">;
  readonly logs: Pick<LogLimiter, "of">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EnvironmentMetrics;
  /** Decides when a start may begin. */
  readonly starts: Pick<StartQueue, "enter">;
  /** Estimates what an environment of a pool will use. */
  readonly memory: { estimateMb(pool: MeasuredVersion): number; promiseMb(pool: MeasuredVersion): number };
  /** Freezes an environment as soon as it is idle, so that no work of its function goes on after an invocation is over. */
  readonly freezesAtOnce: boolean;
  /** Aborts starts when everything stops. */
  readonly stopping: AbortSignal;
  /** Called when a request waits at a retired pool, because its caller still had the old snapshot. */
  readonly onUsed: (pool: Pool) => void;
  /** Called when a retired pool has neither environments nor requests left. */
  readonly onEmpty: (pool: Pool) => void;
}

/**
 * How long a request waits for an environment that has answered and should be free soon, before another is started for it. A runtime asks for
 * its next event within a millisecond of its response, but on a busy machine later; a start takes longer than this.
 */
const FINISHING_GRACE_MS = 50;
/** How long a start waits for memory, where the function's timeout is longer. */
const MAX_MEMORY_WAIT_MS = 10_000;

/** The request that a start was for has been served by another environment. */
class StartNotNeeded extends Error {}

/**
 * The environments of one activated function version. The most recently used idle one is handed out first (LIFO), and provisioned ones
 * before those that were started on demand.
 */
export class Pool implements EnvironmentKeeper<ExecutionEnvironment> {
  readonly version: FunctionVersion;
  readonly #deps: PoolDeps;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #lifetimes: Lifetimes;
  readonly #logs: LogSink;
  /** Started on demand; longest idle first. */
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #provisioned = new ProvisionedEnvironments();
  readonly #waiting = new WaitingRequests();
  /** Given back by their holders, but their runtimes have not asked for the next event yet. */
  readonly #finishing = new Set<ExecutionEnvironment>();
  /** Environments on their way that were started on demand, also those whose starts wait in the queue. */
  #starting = 0;
  /** Those of them that have left the queue. */
  #launching = 0;
  #coldStartMs = 0;
  #peakMemoryMb = 0;
  #grace: Disposable | undefined;
  /** Until then environments are frozen as soon as they are idle, on the monotonic clock. */
  #freezeUntilMs = 0;
  #retired = false;

  constructor(version: FunctionVersion, deps: PoolDeps) {
    this.version = version;
    this.#deps = deps;
    this.#logs = deps.logs.of(version);
    this.#lifetimes = new Lifetimes(deps.clock, deps.environment.api?.maxAgeMs);
  }

  get environments(): ReadonlySet<ExecutionEnvironment> {
    return this.#all;
  }

  get isRetired(): boolean {
    return this.#retired;
  }

  /** How many requests wait for an environment. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** How long the last start took, 0 before the first one. */
  get coldStartMs(): number {
    return this.#coldStartMs;
  }

  /** The most memory, files in /tmp included, that an environment had used by the end of an invocation; 0 before the first one. */
  get peakMemoryMb(): number {
    return this.#peakMemoryMb;
  }

  /** Idle environments that were started on demand, longest idle first. */
  get idle(): readonly ExecutionEnvironment[] {
    return this.#idle;
  }

  /** Idle provisioned environments, longest idle first. */
  get provisionedIdle(): readonly ExecutionEnvironment[] {
    return this.#provisioned.idle;
  }

  get provisioned(): ProvisionedCounts {
    return this.#provisioned.counts;
  }

  /**
   * Resolves with an environment, taken: an idle one at once, else the first that is free or has started; synchronous callers come before events.
   * Rejects when `signal` aborts first.
   */
  acquire(signal: AbortSignal, isEvent = false): Promise<ExecutionEnvironment> {
    const environment = this.#provisioned.popIdle() ?? this.#idle.pop();
    if (!environment) return this.#wait(signal, isEvent);
    environment.take();
    return Promise.resolve(environment);
  }

  /**
   * Keeps `count` initialised environments from now on. Starts the missing ones, at most `limit` at a time: call it again to start more,
   * and to replace environments that have ended.
   */
  provision(count: number, limit: number): void {
    this.#provisioned.want(this.#retired ? 0 : count);
    const more = this.#provisioned.toStart(limit);
    for (let i = 0; i < more; i++) void this.#startProvisioned();
  }

  /** Whether its environments are frozen as soon as they are idle. */
  get freezesAtOnce(): boolean {
    const { freezesAtOnce, clock } = this.#deps;
    return freezesAtOnce || (this.#freezeUntilMs > 0 && clock.monotonicMs() < this.#freezeUntilMs);
  }

  /** Freezes its environments as soon as they are idle, until `untilMs` on the monotonic clock. */
  freezeAtOnce(untilMs: number): void {
    this.#freezeUntilMs = untilMs;
    for (const environment of [...this.#idle, ...this.#provisioned.idle]) environment.freeze();
  }

  /** The version is no longer current: idle environments stop now, busy ones when they are free. Requests that wait are still served. */
  retire(): void {
    this.#retired = true;
    for (const environment of this.#idle.splice(0)) void environment.stop();
    this.#provisioned.retire();
    this.#reportIfEmpty();
  }

  onFinishing(environment: ExecutionEnvironment): void {
    this.#finishing.add(environment);
  }

  onFree(environment: ExecutionEnvironment): void {
    this.#finishing.delete(environment);
    this.#measure(environment);
    if (this.#stopIfTooOld(environment) || this.#waiting.serve(environment)) return;
    if (this.#retired) return void environment.stop();
    if (this.#provisioned.has(environment)) this.#provisioned.keepIdle(environment);
    else this.#idle.push(environment);
    if (this.freezesAtOnce) environment.freeze();
  }

  onInitFailed(environment: ExecutionEnvironment): void {
    if (this.#stopIfTooOld(environment)) return;
    // A provisioned environment is replaced by the provisioner; one that was started on demand was started for a request.
    if (this.#provisioned.has(environment) || !this.#waiting.serve(environment)) void environment.stop();
  }

  onEnd(environment: ExecutionEnvironment): void {
    this.#all.delete(environment);
    this.#measure(environment);
    this.#lifetimes.end(environment);
    if (this.#finishing.delete(environment)) this.#startMore();
    if (!this.#provisioned.delete(environment)) {
      const at = this.#idle.indexOf(environment);
      if (at >= 0) this.#idle.splice(at, 1);
    }
    this.#reportIfEmpty();
  }

  /** Rejects all requests that wait. */
  rejectWaiting(error: Error): void {
    this.#waiting.rejectAll(error);
  }

  #stopIfTooOld(environment: ExecutionEnvironment): boolean {
    if (!this.#lifetimes.isOver(environment)) return false;
    void environment.stop();
    this.#startMore();
    return true;
  }

  #measure({ hasRun, heldMemoryMb }: ExecutionEnvironment): void {
    if (hasRun && heldMemoryMb > this.#peakMemoryMb) this.#peakMemoryMb = heldMemoryMb;
  }

  #wait(signal: AbortSignal, isEvent: boolean): Promise<ExecutionEnvironment> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const waiting = this.#waiting.wait(signal, isEvent);
    if (this.#retired) this.#deps.onUsed(this);
    this.#startMore();
    return waiting;
  }

  /** Starts what the waiting requests need; without `patience`, also for those that count on an environment that is finishing. */
  #startMore(patience = true): void {
    const finishing = patience ? this.#finishing.size : 0;
    const more = decideStart({ waiting: this.#waiting.size, starting: this.#starting, finishing });
    for (let i = 0; i < more; i++) void this.#startOnDemand();
    if (finishing === 0 || this.#grace || this.#waiting.size <= this.#starting) return;
    this.#grace = this.#deps.clock.after(FINISHING_GRACE_MS, () => {
      this.#grace = undefined;
      this.#startMore(false);
    });
  }

  async #startOnDemand(): Promise<void> {
    const { clock, metrics, stopping } = this.#deps;
    const startedMs = clock.monotonicMs();
    let launching = 0;
    const { environment, release } = this.#create("on-demand", {
      isUrgent: () => this.#waiting.callers > this.#launching,
      isNeeded: () => environment.status === "starting" && this.#waiting.size > this.#launching,
      onAdmitted: () => {
        launching = 1;
        this.#launching++;
      },
    });
    const ended = (): void => {
      this.#starting--;
      this.#launching -= launching;
      release();
    };
    this.#starting++;
    try {
      await environment.start(stopping);
      ended();
      this.#coldStartMs = clock.monotonicMs() - startedMs;
      metrics.coldStarted(this.#coldStartMs);
    } catch (error) {
      ended();
      await environment.stop();
      if (!(error instanceof StartNotNeeded)) {
        this.#logFailure(error, "an environment could not be started");
        this.#startFailed(error);
      }
    }
    // For requests that came before `starting` was counted down.
    this.#startMore();
  }

  async #startProvisioned(): Promise<void> {
    const { environment, release } = this.#create("provisioned-concurrency", {
      isUrgent: () => false,
      isNeeded: () => environment.status === "starting",
    });
    this.#provisioned.add(environment);
    try {
      this.#provisioned.started(await environment.start(this.#deps.stopping));
    } catch (error) {
      this.#provisioned.started("failed");
      if (!this.#retired) this.#logFailure(error, "a provisioned environment could not be started");
      await environment.stop();
    } finally {
      release();
    }
  }

  #logFailure(error: unknown, message: string): void {
    const { logger, stopping } = this.#deps;
    if (stopping.aborted) return;
    const { accountId, region, FunctionName, Version } = this.version;
    const level = error instanceof TooManyRequestsException ? "warn" : "error";
    logger[level]({ err: error, accountId, region, FunctionName, Version }, message);
  }

  /** `first` says when the first sandbox of the environment may boot; `release` gives up the memory that is kept for it while it starts. */
  #create(
    initializationType: InitializationType,
    first: Partial<StartWish>,
  ): { readonly environment: ExecutionEnvironment; readonly release: () => void } {
    const { environment: shared, starts } = this.#deps;
    const permits = new DisposableStack();
    let asked: Partial<StartWish> | undefined = first;
    const take: EnvironmentDeps["booted"]["take"] = async (key, signal) => {
      const wish = this.#wish(asked);
      asked = undefined;
      const permit = await starts.enter(wish, signal);
      if (!permit) throw new StartNotNeeded();
      const isFirst = !permits.disposed;
      if (isFirst) permits.use(permit);
      try {
        return await shared.booted.take(key, signal);
      } finally {
        permit.booted();
        if (!isFirst) permit[Symbol.dispose]();
      }
    };
    const environment = new ExecutionEnvironment(
      this.version,
      { ...shared, logs: this.#logs, booted: { take }, expectedMb: () => this.#deps.memory.promiseMb(this) },
      this,
      initializationType === "on-demand" ? onDemandType(this.version) : initializationType,
    );
    this.#all.add(environment);
    this.#lifetimes.begin(environment);
    return { environment, release: () => permits.dispose() };
  }

  /** For an invocation that waits, unless `asked` says otherwise. */
  #wish(asked: Partial<StartWish> = {}): StartWish {
    const { accountId, region, FunctionName, configuration } = this.version;
    return {
      accountId,
      functionKey: `${accountId}:${region}:${FunctionName}`,
      maxWaitMs: Math.min(configuration.Timeout * 1000, MAX_MEMORY_WAIT_MS),
      memoryMb: () => this.#deps.memory.estimateMb(this),
      isUrgent: () => true,
      isNeeded: () => true,
      onAdmitted: () => undefined,
      ...asked,
    };
  }

  /** Rejects one of the waiting requests, unless each of them has another environment on its way. */
  #startFailed(error: unknown): void {
    if (this.#waiting.size <= this.#starting) return;
    this.#waiting.rejectFirst(
      error instanceof AwsError ? error : new ServiceException("An execution environment could not be started."),
    );
  }

  #reportIfEmpty(): void {
    if (this.#retired && this.#all.size === 0 && this.#waiting.size === 0) this.#deps.onEmpty(this);
  }
}
