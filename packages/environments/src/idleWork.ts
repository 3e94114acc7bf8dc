import type { Clock, Logger, Random } from "@hearth/kit";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import type { EnvironmentMetrics } from "./metrics.ts";
import type { Pool } from "./pool.ts";

type WatchedPool = Pick<Pool, "version" | "idle" | "provisionedIdle" | "freezesAtOnce" | "freezeAtOnce">;

export interface IdleWorkDeps {
  readonly pools: () => Iterable<WatchedPool>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Pick<EnvironmentMetrics, "workedWhileIdle">;
}

/** What was seen of the idle environments of a pool; recent samples count more. */
interface Seen {
  cpuMs: number;
  idleMs: number;
  sampledAtMs: number;
}

/** How long one sample takes: short, so that environments in steady use are found idle for so long. */
const SAMPLE_MS = 10;
/** Samples at a time; each asks the launcher twice. */
const MAX_SAMPLES = 16;
/** What idle environments may use: so much, and this share of the time. Runtimes collect garbage after an invocation. */
const FREE_MS = 20;
const FREE_SHARE = 0.05;
/** Beyond it earlier samples count half. */
const REMEMBERED_MS = 1_000;
const PENALTY_MS = 10 * 60_000;

/**
 * Finds functions that work between their invocations, unbilled: samples the CPU time of idle environments that are not frozen yet. The environments of
 * a function that exceeds its budget are frozen as soon as they are idle, for ten minutes. Nothing is asked or awaited when a function is invoked.
 */
export class IdleWork {
  readonly #deps: IdleWorkDeps;
  readonly #seen = new WeakMap<WatchedPool, Seen>();

  constructor(deps: IdleWorkDeps) {
    this.#deps = deps;
  }

  /** Samples the pools that were not sampled for longest. */
  async sweep(signal: AbortSignal): Promise<void> {
    const candidates: { pool: WatchedPool; environment: ExecutionEnvironment; sampledAtMs: number }[] = [];
    for (const pool of this.#deps.pools()) {
      const environment = pool.freezesAtOnce ? undefined : this.#choose(pool);
      if (environment) candidates.push({ pool, environment, sampledAtMs: this.#seen.get(pool)?.sampledAtMs ?? 0 });
    }
    candidates.sort((one, other) => one.sampledAtMs - other.sampledAtMs);
    await Promise.all(
      candidates.slice(0, MAX_SAMPLES).map(({ pool, environment }) =>
        this.#sample(pool, environment, signal).catch((error: unknown) => {
          if (signal.aborted) return;
          this.#deps.logger.debug({ err: error }, "the CPU time of an idle environment could not be read");
        }),
      ),
    );
  }

  /** One of the idle environments that are not frozen. By chance, so that a function cannot keep the one that works from being chosen. */
  #choose({ idle, provisionedIdle }: WatchedPool): ExecutionEnvironment | undefined {
    const running = [...idle, ...provisionedIdle].filter(({ isFrozen }) => !isFrozen);
    return running[Math.floor(this.#deps.random.fraction() * running.length)];
  }

  async #sample(pool: WatchedPool, environment: ExecutionEnvironment, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const seen = this.#seen.get(pool) ?? { cpuMs: 0, idleMs: 0, sampledAtMs: 0 };
    this.#seen.set(pool, seen);
    const startedMs = clock.monotonicMs();
    seen.sampledAtMs = startedMs;
    const { idleSinceMs } = environment;
    const before = await environment.cpuMs();
    if (before === undefined) return;
    await clock.sleep(SAMPLE_MS, signal);
    const after = await environment.cpuMs();
    // It may have served an invocation meanwhile.
    if (after === undefined || environment.idleSinceMs !== idleSinceMs || environment.isFrozen) return;
    seen.cpuMs += after - before;
    seen.idleMs += clock.monotonicMs() - startedMs;
    if (seen.cpuMs > FREE_MS + seen.idleMs * FREE_SHARE) this.#stop(pool, seen);
    if (seen.idleMs < REMEMBERED_MS) return;
    seen.cpuMs /= 2;
    seen.idleMs /= 2;
  }

  #stop(pool: WatchedPool, { cpuMs, idleMs }: Seen): void {
    const { clock, logger, metrics } = this.#deps;
    this.#seen.delete(pool);
    pool.freezeAtOnce(clock.monotonicMs() + PENALTY_MS);
    metrics.workedWhileIdle();
    const { accountId, region, FunctionName, Version } = pool.version;
    const figures = { cpuMs: Math.round(cpuMs), idleMs: Math.round(idleMs) };
    logger.warn(
      { accountId, region, FunctionName, Version, ...figures },
      "a function works between its invocations: for ten minutes its environments are frozen as soon as they are idle",
    );
  }
}
