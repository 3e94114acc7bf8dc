import type { Driver, PoolKey } from "@hearth/drivers";
import type { Clock, Logger, Random, Registry } from "@hearth/kit";
import {
  type AccountRegion,
  type FunctionVersion,
  functionVersionKey,
  type LogSink,
  ServiceException,
} from "@hearth/model";
import { BootedPool } from "./bootedPool.ts";
import type { EnvironmentStatus } from "./environmentState.ts";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import type { KindsInUse } from "./kindsInUse.ts";
import { LogLimiter } from "./logLimiter.ts";
import { Maintenance, type MaintenanceOptions } from "./maintenance.ts";
import { EnvironmentMetrics } from "./metrics.ts";
import { poolKeyOf } from "./poolKeyOf.ts";
import { Pool, type PoolDeps } from "./pool.ts";
import { PoolMap } from "./poolMap.ts";
import type { ProvisionedCounts } from "./provisionedEnvironments.ts";
import { RuntimeVersions } from "./runtimeVersions.ts";
import type { CodeSource } from "./sandbox.ts";
import type { SandboxApi } from "./sandboxApi.ts";
import { Sandboxes } from "./sandboxes.ts";
import { StartMemory } from "./startMemory.ts";
import { StartQueue } from "./startQueue.ts";

export interface PoolsOptions extends MaintenanceOptions {
  readonly network: PoolKey["network"];
  /** Booted sandboxes kept ready for each runtime in use. */
  readonly bootedPerRuntime: number;
  /** Booted sandboxes kept ready for all runtimes together. */
  readonly bootedLimit: number;
  /** Sandboxes that are made but not started, for the kinds that were used last. */
  readonly createdLimit: number;
  /** Sandboxes that start at the same time. */
  readonly maxParallelBoots: number;
  /** A start leaves this much memory free. Below it nothing is started ahead of demand, and idle environments are stopped. */
  readonly minFreeMemoryMb: number;
  /** What a function may log in the long run. 0: no limit. */
  readonly logBytesPerSecond: number;
  /** How long a shutdown waits for accepted requests. */
  readonly drainMs: number;
}

export interface PoolsDeps {
  readonly driver: Driver;
  /** Unpacks code that this host lacks; absent where all code is unpacked already. */
  readonly code?: CodeSource;
  readonly logs: LogSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly freeMemoryMb: () => number;
  /** The memory of the host. */
  readonly totalMemoryMb: number;
  /** What all sandboxes together may hold before one of them is ended. */
  readonly sandboxesMemoryMb: number;
  /** True while logs cannot be kept because the disk is almost full. */
  readonly isDiskShort?: () => boolean;
  /** Hearth's own AWS API for functions, and the credentials of their execution roles. */
  readonly api?: SandboxApi;
  /** Where the kinds of sandboxes in use outlive this process. */
  readonly kinds?: Pick<KindsInUse, "read" | "write">;
  readonly options: PoolsOptions;
}

export interface PoolsStats {
  readonly environments: ReadonlyMap<EnvironmentStatus, number>;
  readonly frozen: number;
  readonly waiting: number;
  readonly booted: ReadonlyMap<string, number>;
  /** Sandboxes that are made but not started. */
  readonly created: number;
}

/** Environments of one function version. */
export interface PoolCounts {
  readonly version: FunctionVersion;
  readonly starting: number;
  readonly idle: number;
  readonly busy: number;
}

/** Provisioned environments of one version that may start at the same time, so that requests get sandboxes as well. */
const MAX_PROVISIONED_STARTING = 4;
const NONE_PROVISIONED: ProvisionedCounts = { available: 0, inUse: 0, failures: 0, initFailed: false };
const DRAIN_POLL_MS = 20;
const SHUTTING_DOWN = "Hearth is shutting down.";
/** Sandboxes of a runtime are no longer booted ahead when none has been taken for this long. */
const RUNTIME_IDLE_MS = 30 * 60_000;

/** All execution environments of this process, one pool for each activated function version. */
export class Pools implements AsyncDisposable {
  readonly #deps: PoolsDeps;
  readonly #poolDeps: PoolDeps;
  readonly #sandboxes: Sandboxes;
  readonly #booted: BootedPool;
  readonly #runtimeVersions: RuntimeVersions;
  readonly #pools = new PoolMap();
  /** Finds the pool of a warm invocation by the snapshot object itself, without making a key. */
  readonly #byVersion = new WeakMap<FunctionVersion, Pool>();
  readonly #stopping = new AbortController();
  #closed = false;
  readonly #maintenance: Maintenance;

  constructor(deps: PoolsDeps) {
    const { driver, clock, logger, registry, options, freeMemoryMb } = deps;
    this.#deps = deps;
    this.#sandboxes = new Sandboxes(deps);
    this.#runtimeVersions = new RuntimeVersions(driver.images);
    const starts: StartQueue = new StartQueue({
      clock,
      maxParallelBoots: options.maxParallelBoots,
      admits: (mb, accountId, reservations) => memory.admits(mb, accountId, reservations),
    });
    this.#booted = new BootedPool({
      sandboxes: this.#sandboxes,
      starts,
      clock,
      logger,
      freeMemoryMb,
      ...(deps.kinds && { kinds: deps.kinds }),
      options: {
        targetPerKey: options.bootedPerRuntime,
        limit: options.bootedLimit,
        createdLimit: options.createdLimit,
        minFreeMemoryMb: options.minFreeMemoryMb,
        keyIdleMs: RUNTIME_IDLE_MS,
      },
    });
    const memory = new StartMemory({
      pools: () => this.#pools,
      booted: this.#booted,
      clock,
      freeMemoryMb,
      totalMemoryMb: deps.totalMemoryMb,
      sandboxesMemoryMb: deps.sandboxesMemoryMb,
      minFreeMemoryMb: options.minFreeMemoryMb,
      onFreed: () => starts.serve(),
    });
    const metrics = new EnvironmentMetrics(registry);
    metrics.observe(registry, {
      environments: () => this.stats().environments,
      frozen: () => this.stats().frozen,
      waiting: () => this.stats().waiting,
      booted: () => this.#booted.counts(),
      created: () => this.#booted.created,
    });
    const environment: PoolDeps["environment"] = {
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
      logs: new LogLimiter({ ...deps, bytesPerSecond: options.logBytesPerSecond }),
      starts,
      memory,
      freezesAtOnce: options.idleFreezeMs === 0,
      stopping,
      onUsed: (pool) => this.#pools.add(pool),
      onEmpty: (pool) => this.#pools.delete(pool),
    };
    this.#maintenance = new Maintenance({ ...deps, pools: () => this.#pools, sandboxes: this.#sandboxes, metrics });
  }

  /**
   * Resolves with an environment of this version for one invocation: `run` that, then give the environment back by `using`. Rejects when
   * the platform cannot start one (ServiceException), when memory is short for too long (TooManyRequestsException) and when `signal` aborts first.
   * An idle environment is handed out without any I/O. Where requests must wait, events come after synchronous callers.
   */
  acquire(version: FunctionVersion, signal: AbortSignal, isEvent = false): Promise<ExecutionEnvironment> {
    if (this.#closed) return Promise.reject(new ServiceException(SHUTTING_DOWN));
    return (this.#byVersion.get(version) ?? this.#poolOf(version)).acquire(signal, isEvent);
  }

  /** Expects invocations of this version: sandboxes for its runtime are booted in the background. Does nothing for container images. */
  expect(version: FunctionVersion): void {
    if (version.configuration.Runtime === undefined) return;
    this.#booted.expect(poolKeyOf(version, this.#deps.options.network));
  }

  /** Resolves when sandboxes of the kinds that were last in use before a restart have been booted, or could not be. */
  resumed(): Promise<void> {
    return this.#booted.resumed();
  }

  /**
   * Keeps `count` initialised environments of this version from now on. Missing ones are started a few at a time, and none while memory is
   * short: call it again until `provisioned` counts enough, and later to replace environments that have ended.
   */
  provision(version: FunctionVersion, count: number): void {
    if (this.#closed) return;
    const { freeMemoryMb, options } = this.#deps;
    const pool = count > 0 ? this.#poolOf(version) : this.#pools.get(functionVersionKey(version));
    pool?.provision(count, freeMemoryMb() < options.minFreeMemoryMb ? 0 : MAX_PROVISIONED_STARTING);
  }

  /** Counts the provisioned environments of this version. */
  provisioned(version: FunctionVersion): ProvisionedCounts {
    return this.#pools.get(functionVersionKey(version))?.provisioned ?? NONE_PROVISIONED;
  }

  /**
   * Keeps the environments of this function whose `functionVersionKey` is in `keys`. The others stop: idle ones now, busy ones after their
   * invocation.
   */
  retain(where: AccountRegion, FunctionName: string, keys: ReadonlySet<string>): void {
    for (const pool of this.#pools.ofFunction(where, FunctionName))
      if (!keys.has(functionVersionKey(pool.version))) pool.retire();
  }

  /** The versions of this function that have environments or waiting requests. */
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
    return { environments, frozen, waiting, booted: this.#booted.counts(), created: this.#booted.created };
  }

  /** The environments of each version that has some; several entries for a version whose older environments are still draining. */
  counts(): readonly PoolCounts[] {
    return [...this.#pools].map(({ version, environments }) => {
      const statuses = [...environments].map(({ status }) => status);
      const count = (...wanted: EnvironmentStatus[]): number => statuses.filter((it) => wanted.includes(it)).length;
      return { version, starting: count("starting", "initializing"), idle: count("idle"), busy: count("busy") };
    });
  }

  /** Refuses new requests, waits up to `drainMs` for those that were accepted, then stops all sandboxes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#drained();
    const reason = new ServiceException(SHUTTING_DOWN);
    this.#stopping.abort(reason);
    await this.#maintenance[Symbol.asyncDispose]();
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

  /** The pool of this version. A version that becomes current again after its pool was retired gets a new pool, while the old one drains. */
  #poolOf(version: FunctionVersion): Pool {
    let pool = this.#pools.get(functionVersionKey(version));
    if (!pool || pool.isRetired) {
      pool = new Pool(version, this.#poolDeps);
      this.#pools.add(pool);
    }
    this.#byVersion.set(version, pool);
    return pool;
  }
}
