import { Counter, Gauge, Histogram, type Registry } from "@hearth/kit";
import type { EnvironmentStatus } from "./environmentState.ts";
import type { InitResult } from "./initialisation.ts";

export interface MetricSources {
  /** Environments by state. */
  environments(): ReadonlyMap<EnvironmentStatus, number>;
  frozen(): number;
  waiting(): number;
  /** Booted sandboxes that are not assigned yet, by runtime. */
  booted(): ReadonlyMap<string, number>;
  /** Sandboxes that are made but not started. */
  created(): number;
}

/** Metrics of the pools. Gauges are computed when they are scraped; a warm invocation counts nothing. */
export class EnvironmentMetrics {
  readonly #inits: Counter<"result">;
  readonly #initSeconds: Histogram;
  readonly #coldStartSeconds: Histogram;
  readonly #idleWork: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#inits = new Counter({
      name: "hearth_environment_inits_total",
      help: "Inits of execution environments (cold starts), by result: ready, error, exit, timeout.",
      labelNames: ["result"],
      registers,
    });
    this.#initSeconds = new Histogram({
      name: "hearth_environment_init_seconds",
      help: "Duration of functions' own inits.",
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers,
    });
    this.#coldStartSeconds = new Histogram({
      name: "hearth_environment_cold_start_seconds",
      help: "From the wish for a new environment to its being ready, init included.",
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers,
    });
    this.#idleWork = new Counter({
      name: "hearth_environment_idle_work_total",
      help: "Times that a function was found working between its invocations; its environments are then frozen as soon as they are idle, for ten minutes.",
      registers,
    });
  }

  /** A function was found working between its invocations. */
  workedWhileIdle(): void {
    this.#idleWork.inc();
  }

  /** Registers the gauges that read from `sources`. */
  observe(registry: Registry, sources: MetricSources): void {
    const registers = [registry];
    new Gauge({
      name: "hearth_environments",
      help: "Execution environments by state.",
      labelNames: ["state"],
      registers,
      collect() {
        this.reset();
        for (const [state, count] of sources.environments()) this.set({ state }, count);
      },
    });
    new Gauge({
      name: "hearth_environments_frozen",
      help: "Idle execution environments whose processes are frozen.",
      registers,
      collect() {
        this.set(sources.frozen());
      },
    });
    new Gauge({
      name: "hearth_environment_requests_waiting",
      help: "Requests that wait for an environment.",
      registers,
      collect() {
        this.set(sources.waiting());
      },
    });
    new Gauge({
      name: "hearth_booted_sandboxes",
      help: "Sandboxes that are booted and not assigned to a function yet, by runtime.",
      labelNames: ["runtime"],
      registers,
      collect() {
        this.reset();
        for (const [runtime, count] of sources.booted()) this.set({ runtime }, count);
      },
    });
    new Gauge({
      name: "hearth_created_sandboxes",
      help: "Sandboxes that are made for starts to come and do not run yet.",
      registers,
      collect() {
        this.set(sources.created());
      },
    });
  }

  initialised(result: InitResult["kind"], durationMs: number): void {
    this.#inits.inc({ result });
    if (result === "ready") this.#initSeconds.observe(durationMs / 1000);
  }

  coldStarted(durationMs: number): void {
    this.#coldStartSeconds.observe(durationMs / 1000);
  }
}
