import type { Driver, PoolKey } from "@hearth/drivers";
import { BackgroundLoop, type Clock, type Logger, type Random, type Registry } from "@hearth/kit";
import {
  type AccountRegion,
  type FunctionVersion,
  functionVersionKey,
  type LogSink,
  ServiceException,
} from "@hearth/model";
import { BootedPool } from "./bootedPool.ts";
import type { EnvironmentStatus } from "./environmentState.ts";
import type { EnvironmentDeps, ExecutionEnvironment } from "./executionEnvironment.ts";
import { Freezer } from "./freezer.ts";
import { EnvironmentMetrics } from "./metrics.ts";
import { poolKeyOf } from "./poolKeyOf.ts";
import { Pool, type PoolDeps } from "./pool.ts";
import { PoolMap } from "./poolMap.ts";
import type { ProvisionedCounts } from "./provisionedEnvironments.ts";
import { Reaper } from "./reaper.ts";
import { RuntimeVersions } from "./runtimeVersions.ts";
import type { SandboxApi } from "./sandboxApi.ts";
import { Sandboxes } from "./sandboxes.ts";

export interface PoolsOptions {
  readonly network: PoolKey["network"];
  /** An environment idle for so long is frozen. */
  readonly idleFreezeMs: number;
  /** An environment idle for so long is stopped. */
  readonly idleTtlMs: number;
  /** Booted sandboxes kept ready for each runtime in use. */
  readonly bootedPerRuntime: number;
  /** Sandboxes that start at the same time. */
  readonly maxParallelBoots: number;
  /** Below this much free memory nothing is booted ahead, and idle environments are stopped. */
  readonly minFreeMemoryMb: number;
  /** How long stopping waits for the requests that it has. */
  readonly drainMs: number;
}

export interface PoolsDeps {
  readonly driver: Driver;
  readonly logs: LogSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly freeMemoryMb: () => number;
  /** Hearth's own AWS API, with credentials of their roles for functions. */
  readonly api?: SandboxApi;
  readonly options: PoolsOptions;
}

export interface PoolsStats {
  readonly environments: ReadonlyMap<EnvironmentStatus, number>;
  readonly frozen: number;
  readonly waiting: number;
  readonly booted: ReadonlyMap<string, number>;
}

const SWEEP_EVERY_MS = 250;
const RECONCILE_EVERY_MS = 10_000;
/** Of one version: requests that need a sandbox now are to get one too. */
const PROVISIONED_AT_ONCE = 4;
const NONE_PROVISIONED: ProvisionedCounts = { available: 0, inUse: 0, failures: 0, initFailed: false };
const DRAIN_POLL_MS = 20;
const SHUTTING_DOWN = "Hearth is shutting down.";
const RUNTIME_IDLE_MS = 30 * 60_000;

/** Every execution environment of this process, one pool for each activated function version. */
export class Pools implements AsyncDisposable {
  readonly #deps: PoolsDeps;
  readonly #poolDeps: PoolDeps;
  readonly #sandboxes: Sandboxes;
  readonly #booted: BootedPool;
  readonly #runtimeVersions: RuntimeVersions;
  readonly #pools = new PoolMap();
  /** The warm path finds its pool by the snapshot itself, without making a key. */
  readonly #byVersion = new WeakMap<FunctionVersion, Pool>();
  readonly #stopping = new AbortController();
  #closed = false;
  readonly #loops: readonly BackgroundLoop[];

  constructor(deps: PoolsDeps) {
    const { driver, clock, logger, registry, options, freeMemoryMb } = deps;
    this.#deps = deps;
    this.#sandboxes = new Sandboxes(deps);
    this.#runtimeVersions = new RuntimeVersions(driver);
    this.#booted = new BootedPool({
      sandboxes: this.#sandboxes,
      clock,
      logger,
      freeMemoryMb,
      options: {
        targetPerKey: options.bootedPerRuntime,
        maxParallelBoots: options.maxParallelBoots,
        minFreeMemoryMb: options.minFreeMemoryMb,
        keyIdleMs: RUNTIME_IDLE_MS,
      },
    });
    const metrics = new EnvironmentMetrics(registry);
    metrics.observe(registry, {
      environments: () => this.stats().environments,
      frozen: () => this.stats().frozen,
      waiting: () => this.stats().waiting,
      booted: () => this.#booted.counts(),
    });
    const environment: EnvironmentDeps = {
      ...deps,
      booted: this.#booted,
      metrics,
      network: options.network,
      runtimeVersion: (runtime) => this.#runtimeVersions.describe(runtime),
    };
    const stopping = this.#stopping.signal;
    this.#poolDeps = {
      environment,
      clock,
      logger,
      metrics,
      stopping,
      onUsed: (pool) => this.#pools.add(pool),
      onEmpty: (pool) => this.#pools.delete(pool),
    };
    const pools = (): Iterable<Pool> => this.#pools;
    const freezer = new Freezer({ pools, clock, idleFreezeMs: options.idleFreezeMs });
    const { idleTtlMs, minFreeMemoryMb } = options;
    const reaper = new Reaper({ pools, clock, idleTtlMs, freeMemoryMb, minFreeMemoryMb });
    const sweep = (): Promise<void> => {
      reaper.sweep();
      freezer.sweep();
      return Promise.resolve();
    };
    this.#loops = [
      new BackgroundLoop("environment sweep", SWEEP_EVERY_MS, sweep, deps),
      new BackgroundLoop("sandbox reconciliation", RECONCILE_EVERY_MS, () => this.#reconcile(), deps),
    ];
  }

  /**
   * An environment of this version, for one invocation: `run` it, then give it back by `using`. Rejects when the platform cannot start
   * one (ServiceException) and when `signal` aborts before there is one. Asks no one when an idle one is there.
   */
  acquire(version: FunctionVersion, signal: AbortSignal): Promise<ExecutionEnvironment> {
    if (this.#closed) return Promise.reject(new ServiceException(SHUTTING_DOWN));
    return (this.#byVersion.get(version) ?? this.#poolOf(version)).acquire(signal);
  }

  /** Says that a version like this will be invoked soon: sandboxes for its runtime are booted in the background. None are for an image of its own. */
  expect(version: FunctionVersion): void {
    if (version.configuration.Runtime === undefined) return;
    this.#booted.expect(poolKeyOf(version, this.#deps.options.network));
  }

  /**
   * Keeps `count` initialised environments of this version from now on; none are started while memory is short. What is missing is started a few at a
   * time: call it again until `provisioned` says enough, and later to replace those that ended.
   */
  provision(version: FunctionVersion, count: number): void {
    if (this.#closed) return;
    const { freeMemoryMb, options } = this.#deps;
    const pool = count > 0 ? this.#poolOf(version) : this.#pools.get(functionVersionKey(version));
    pool?.provision(count, freeMemoryMb() < options.minFreeMemoryMb ? 0 : PROVISIONED_AT_ONCE);
  }

  /** What there is of the provisioned environments of this version. */
  provisioned(version: FunctionVersion): ProvisionedCounts {
    return this.#pools.get(functionVersionKey(version))?.provisioned ?? NONE_PROVISIONED;
  }

  /**
   * Of this function's environments, those whose `functionVersionKey` is in `keys` stay. The others stop: idle ones now, busy ones when
   * their invocation has ended.
   */
  retain(where: AccountRegion, FunctionName: string, keys: ReadonlySet<string>): void {
    for (const pool of this.#pools.ofFunction(where, FunctionName))
      if (!keys.has(functionVersionKey(pool.version))) pool.retire();
  }

  /** The versions of this function that there are environments of, or requests for. */
  *versionsOf(where: AccountRegion, FunctionName: string): Iterable<string> {
    for (const { version } of this.#pools.ofFunction(where, FunctionName)) yield version.Version;
  }

  stats(): PoolsStats {
    const environments = new Map<EnvironmentStatus, number>();
    let frozen = 0;
    let waiting = 0;
    for (const pool of this.#pools) {
      waiting += pool.waiting;
      for (const { status, isFrozen } of pool.environments) {
        environments.set(status, (environments.get(status) ?? 0) + 1);
        if (isFrozen) frozen++;
      }
    }
    return { environments, frozen, waiting, booted: this.#booted.counts() };
  }

  /** Takes no more requests, waits up to `drainMs` for those it has, then stops every sandbox. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#drained();
    const reason = new ServiceException(SHUTTING_DOWN);
    this.#stopping.abort(reason);
    for (const loop of this.#loops) await loop[Symbol.asyncDispose]();
    const pools = [...this.#pools];
    for (const pool of pools) pool.rejectWaiting(reason);
    await Promise.all(pools.flatMap((pool) => [...pool.environments]).map((environment) => environment.stop()));
    await this.#booted[Symbol.asyncDispose]();
    await this.#sandboxes.stopAll();
  }

  async #drained(): Promise<void> {
    const { clock, options } = this.#deps;
    const endsAt = clock.monotonicMs() + options.drainMs;
    const inUse = ({ waiting, environments }: Pool): boolean =>
      waiting > 0 || [...environments].some(({ status }) => status === "busy");
    while ([...this.#pools].some(inUse) && clock.monotonicMs() < endsAt) await clock.sleep(DRAIN_POLL_MS);
  }

  /** A snapshot that was read again after its pool was retired is current after all: it gets a new pool, while the old one drains. */
  #poolOf(version: FunctionVersion): Pool {
    let pool = this.#pools.get(functionVersionKey(version));
    if (!pool || pool.isRetired) {
      pool = new Pool(version, this.#poolDeps);
      this.#pools.add(pool);
    }
    this.#byVersion.set(version, pool);
    return pool;
  }

  async #reconcile(): Promise<void> {
    const { orphans, lost } = await this.#sandboxes.reconcile();
    if (orphans + lost > 0) this.#deps.logger.warn({ orphans, lost }, "sandboxes and the engine's view differed");
  }
}
