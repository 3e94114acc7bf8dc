import { Counter, Gauge, Histogram, type Registry } from "@hearth/kit";
import type { InvocationReport } from "@hearth/model";
import type { Admission } from "./admission.ts";

const DURATION_BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000, 900_000];
const OVERHEAD_BUCKETS_MS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
/** Bounds the number of series: further functions are counted under `OTHERS`. */
const FUNCTIONS_LIMIT = 1_000;
const OTHERS = "(others)";

interface Counts {
  success: number;
  functionError: number;
  timedOut: number;
}

/** Metrics of invocations. Counted in plain fields, because a labelled counter of prom-client costs microseconds; exported when they are scraped. */
export class InvokeMetrics {
  readonly #durations: Histogram;
  readonly #overhead: Histogram;
  readonly #counts = new Map<string, Counts>();
  readonly #recursions = new Map<string, number>();
  #coldStarts = 0;
  #platformErrors = 0;

  constructor(registry: Registry, admission: Admission) {
    const registers = [registry];
    const invocations = (counter: Counter): void => this.#exportInvocations(counter);
    new Counter({
      name: "hearth_invocations_total",
      help: "Runs of functions by how they ended.",
      labelNames: ["function", "outcome"],
      registers,
      collect() {
        invocations(this);
      },
    });
    exported(
      "hearth_platform_errors_total",
      "Invocations that failed for a reason that is not the function's.",
      registry,
      () => this.#platformErrors,
    );
    exported(
      "hearth_cold_starts_total",
      "Invocations that were the first of their environment.",
      registry,
      () => this.#coldStarts,
    );
    const stopped = this.#recursions;
    new Counter({
      name: "hearth_recursive_invocations_dropped_total",
      help: "Invocations refused because their chain of requests had run the function too often.",
      labelNames: ["function"],
      registers,
      collect() {
        this.reset();
        for (const [name, count] of stopped) this.inc({ function: name }, count);
      },
    });
    new Counter({
      name: "hearth_throttles_total",
      help: "Invocations refused with TooManyRequestsException.",
      labelNames: ["function"],
      registers,
      collect() {
        this.reset();
        admission
          .counts()
          .forEach(({ FunctionName, throttled }, at) =>
            this.inc({ function: at < FUNCTIONS_LIMIT ? FunctionName : OTHERS }, throttled),
          );
      },
    });
    new Gauge({
      name: "hearth_concurrent_executions",
      help: "Invocations that run now.",
      labelNames: ["function"],
      registers,
      collect() {
        this.reset();
        admission
          .counts()
          .forEach(({ FunctionName, running }, at) =>
            this.inc({ function: at < FUNCTIONS_LIMIT ? FunctionName : OTHERS }, running),
          );
      },
    });
    this.#durations = new Histogram({
      name: "hearth_invocation_duration_ms",
      help: "Duration of runs, init apart.",
      buckets: DURATION_BUCKETS_MS,
      registers,
    });
    this.#overhead = new Histogram({
      name: "hearth_invocation_overhead_ms",
      help: "What an invocation took in the invoker beyond the function's own duration.",
      buckets: OVERHEAD_BUCKETS_MS,
      registers,
    });
  }

  ran(FunctionName: string, report: InvocationReport, totalMs: number): void {
    let counts = this.#counts.get(FunctionName);
    if (!counts) {
      const name = this.#counts.size < FUNCTIONS_LIMIT ? FunctionName : OTHERS;
      counts = this.#counts.get(name) ?? { success: 0, functionError: 0, timedOut: 0 };
      this.#counts.set(name, counts);
    }
    counts[report.outcome.kind]++;
    if (report.initDurationMs !== undefined) this.#coldStarts++;
    this.#durations.observe(report.durationMs);
    this.#overhead.observe(Math.max(0, totalMs - report.durationMs));
  }

  recursionStopped(FunctionName: string): void {
    const isKnown = this.#recursions.has(FunctionName) || this.#recursions.size < FUNCTIONS_LIMIT;
    const name = isKnown ? FunctionName : OTHERS;
    this.#recursions.set(name, (this.#recursions.get(name) ?? 0) + 1);
  }

  platformFailed(): void {
    this.#platformErrors++;
  }

  #exportInvocations(counter: Counter): void {
    counter.reset();
    for (const [name, counts] of this.#counts) {
      for (const outcome of ["success", "functionError", "timedOut"] as const) {
        if (counts[outcome] > 0) counter.inc({ function: name, outcome }, counts[outcome]);
      }
    }
  }
}

function exported(name: string, help: string, registry: Registry, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
