import type { Clock, Logger } from "@hearth/kit";
import { type FunctionVersion, ServiceException } from "@hearth/model";
import { decideStart } from "./decideStart.ts";
import { type EnvironmentDeps, type EnvironmentKeeper, ExecutionEnvironment } from "./executionEnvironment.ts";
import { Lifetimes } from "./lifetimes.ts";
import type { EnvironmentMetrics } from "./metrics.ts";

export interface PoolDeps {
  readonly environment: EnvironmentDeps;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EnvironmentMetrics;
  /** Aborts starts when everything stops. */
  readonly stopping: AbortSignal;
  /** Told when a request waits at a pool that was retired: its caller still had the old snapshot in hand. */
  readonly onUsed: (pool: Pool) => void;
  /** Told when nothing is left of a retired pool. */
  readonly onEmpty: (pool: Pool) => void;
}

interface Waiter {
  readonly resolve: (environment: ExecutionEnvironment) => void;
  readonly reject: (error: Error) => void;
}

/** How long a request waits for an environment that has answered, before one is started for it after all. */
const FINISHING_GRACE_MS = 10;

/** What a pool has of the environments that are to be kept for its version. */
export interface ProvisionedCounts {
  /** Initialised: idle or busy. */
  readonly available: number;
  readonly inUse: number;
  /** Starts that failed since one last succeeded, and whether the last one was the function's own fault. */
  readonly failures: number;
  readonly initFailed: boolean;
}

/**
 * The environments of one activated function version. The most recently used idle one is handed out first (LIFO), and one that is provisioned
 * before one that was started on demand.
 */
export class Pool implements EnvironmentKeeper {
  readonly version: FunctionVersion;
  readonly #deps: PoolDeps;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #lifetimes: Lifetimes;
  /** Longest idle first. */
  readonly #idle: ExecutionEnvironment[] = [];
  /** Those that are provisioned; kept apart, since they are neither reaped nor left unused while others serve. */
  readonly #provisioned = new Set<ExecutionEnvironment>();
  readonly #provisionedIdle: ExecutionEnvironment[] = [];
  #provisionedWanted = 0;
  #provisionFailures = 0;
  #provisionInitFailed = false;
  readonly #waiting = new Set<Waiter>();
  readonly #finishing = new Set<ExecutionEnvironment>();
  #starting = 0;
  #grace: Disposable | undefined;
  #retired = false;

  constructor(version: FunctionVersion, deps: PoolDeps) {
    this.version = version;
    this.#deps = deps;
    this.#lifetimes = new Lifetimes(deps.clock, deps.environment.api?.maxAgeMs);
  }

  get environments(): ReadonlySet<ExecutionEnvironment> {
    return this.#all;
  }

  get isRetired(): boolean {
    return this.#retired;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Idle provisioned environments, longest idle first. */
  get provisionedIdle(): readonly ExecutionEnvironment[] {
    return this.#provisionedIdle;
  }

  get provisioned(): ProvisionedCounts {
    let available = 0;
    let inUse = 0;
    for (const { state } of this.#provisioned) {
      if (state === "busy") inUse++;
      if (state === "busy" || state === "idle") available++;
    }
    return { available, inUse, failures: this.#provisionFailures, initFailed: this.#provisionInitFailed };
  }

  /** Idle environments that were started on demand, longest idle first. */
  get idle(): readonly ExecutionEnvironment[] {
    return this.#idle;
  }

  /** An environment, taken: an idle one at once, else the first that is free or has started. Rejects when `signal` aborts first. */
  acquire(signal: AbortSignal): Promise<ExecutionEnvironment> {
    const environment = this.#provisionedIdle.pop() ?? this.#idle.pop();
    if (!environment) return this.#wait(signal);
    environment.take();
    return Promise.resolve(environment);
  }

  /**
   * Keeps `count` initialised environments from now on. Starts what is missing, at most `atOnce` at a time: it is called again while some are, also
   * when one has ended since.
   */
  provision(count: number, atOnce: number): void {
    this.#provisionedWanted = this.#retired ? 0 : count;
    for (let over = this.#provisioned.size - this.#provisionedWanted; over > 0; over--) {
      const environment = this.#provisionedIdle.shift();
      if (!environment) break; // the others stop when they are free
      void environment.stop();
    }
    const starting = this.#provisioned.size - this.provisioned.available;
    const missing = Math.min(this.#provisionedWanted - this.#provisioned.size, atOnce - starting);
    for (let i = 0; i < missing; i++) void this.#startProvisioned();
  }

  /** Its version is no longer current: idle environments stop now, busy ones when they are free; who waits is still served. */
  retire(): void {
    this.#retired = true;
    this.#provisionedWanted = 0;
    for (const environment of [...this.#idle.splice(0), ...this.#provisionedIdle.splice(0)]) void environment.stop();
    this.#tellIfEmpty();
  }

  onFinishing(environment: ExecutionEnvironment): void {
    this.#finishing.add(environment);
  }

  onFree(environment: ExecutionEnvironment): void {
    this.#finishing.delete(environment);
    if (this.#lifetimes.isOver(environment)) {
      void environment.stop();
      this.#startMore();
      return;
    }
    const provisioned = this.#provisioned.has(environment);
    const [waiter] = provisioned && environment.hasFailedInit ? [] : this.#waiting;
    if (waiter) {
      this.#waiting.delete(waiter);
      environment.take();
      waiter.resolve(environment);
    } else if (this.#retired || environment.hasFailedInit) void environment.stop();
    else if (provisioned && this.#provisioned.size > this.#provisionedWanted) void environment.stop();
    else if (provisioned) this.#provisionedIdle.push(environment);
    else this.#idle.push(environment);
  }

  onEnd(environment: ExecutionEnvironment): void {
    this.#all.delete(environment);
    this.#lifetimes.end(environment);
    if (this.#finishing.delete(environment)) this.#startMore();
    const idle = this.#provisioned.delete(environment) ? this.#provisionedIdle : this.#idle;
    const at = idle.indexOf(environment);
    if (at >= 0) idle.splice(at, 1);
    this.#tellIfEmpty();
  }

  /** Rejects everyone who waits. */
  rejectWaiting(error: Error): void {
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting.clear();
  }

  #wait(signal: AbortSignal): Promise<ExecutionEnvironment> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        resolve: (environment) => {
          signal.removeEventListener("abort", onAbort);
          resolve(environment);
        },
        reject: (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
      if (this.#retired) this.#deps.onUsed(this);
      this.#startMore();
    });
  }

  /** Starts what the waiting requests need; without `patience`, also for those that count on an environment that finishes. */
  #startMore(patience = true): void {
    const finishing = patience ? this.#finishing.size : 0;
    const more = decideStart({ waiting: this.#waiting.size, starting: this.#starting, finishing });
    for (let i = 0; i < more; i++) void this.#start();
    if (finishing === 0 || this.#grace || this.#waiting.size <= this.#starting) return;
    this.#grace = this.#deps.clock.after(FINISHING_GRACE_MS, () => {
      this.#grace = undefined;
      this.#startMore(false);
    });
  }

  async #start(): Promise<void> {
    const { environment: deps, clock, logger, metrics, stopping } = this.#deps;
    const startedMs = clock.monotonicMs();
    const environment = new ExecutionEnvironment(this.version, deps, this);
    this.#all.add(environment);
    this.#lifetimes.begin(environment);
    this.#starting++;
    try {
      await environment.start(stopping);
      this.#starting--;
      metrics.coldStarted(clock.monotonicMs() - startedMs);
    } catch (error) {
      this.#starting--;
      const { accountId, FunctionName, Version } = this.version;
      if (!stopping.aborted)
        logger.error({ err: error, accountId, FunctionName, Version }, "an environment could not be started");
      await environment.stop();
      this.#startFailed(error);
    }
    // A request that came while the count was being settled.
    this.#startMore();
  }

  async #startProvisioned(): Promise<void> {
    const { environment: deps, logger, stopping } = this.#deps;
    const environment = new ExecutionEnvironment(this.version, deps, this, "provisioned-concurrency");
    this.#all.add(environment);
    this.#lifetimes.begin(environment);
    this.#provisioned.add(environment);
    try {
      await environment.start(stopping);
      this.#provisionInitFailed = environment.hasFailedInit;
      this.#provisionFailures = environment.hasFailedInit ? this.#provisionFailures + 1 : 0;
    } catch (error) {
      this.#provisionInitFailed = false;
      this.#provisionFailures++;
      const { accountId, FunctionName, Version } = this.version;
      if (!stopping.aborted && !this.#retired)
        logger.error(
          { err: error, accountId, FunctionName, Version },
          "a provisioned environment could not be started",
        );
      await environment.stop();
    }
  }

  /** One of those who wait has nothing to wait for any more. */
  #startFailed(error: unknown): void {
    const [waiter] = this.#waiting;
    if (!waiter || this.#waiting.size <= this.#starting) return;
    this.#waiting.delete(waiter);
    waiter.reject(
      error instanceof ServiceException
        ? error
        : new ServiceException("An execution environment could not be started."),
    );
  }

  #tellIfEmpty(): void {
    if (this.#retired && this.#all.size === 0 && this.#waiting.size === 0) this.#deps.onEmpty(this);
  }
}
