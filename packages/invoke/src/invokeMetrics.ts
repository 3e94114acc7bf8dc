import { Counter, Distribution, ExportedHistogram, Gauge, type Registry } from "@hearth/kit";
import type { InvocationReport } from "@hearth/model";
import type { ClaimedEvent, FunctionKey, Settlement } from "@hearth/store";
import type { Admission } from "./admission.ts";
import { ERROR_KINDS, type ErrorKind, errorKindOf } from "./errorKind.ts";
import { FUNCTION_LABELS, type FunctionLabels, FunctionSeries } from "./functionSeries.ts";

const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const INIT_BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const AGE_BUCKETS_S = [0.1, 1, 5, 30, 60, 180, 600, 1_800, 3_600, 7_200, 21_600];
const OVERHEAD_BUCKETS_S = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const DEFAULT_FUNCTIONS_PER_ACCOUNT = 200;
const OUTCOMES = ["success", "functionError", "timedOut"] as const;
type Condition = Exclude<Extract<Settlement, { kind: "finish" }>["condition"], "Success">;
type RetryCause = Extract<Settlement, { kind: "retry" }>["cause"];

/** What is counted of one function, in plain fields: a labelled counter of prom-client costs microseconds. */
export class FunctionCounts {
  readonly labels: FunctionLabels;
  readonly outcomes: Record<(typeof OUTCOMES)[number], number> = { success: 0, functionError: 0, timedOut: 0 };
  readonly errors = new Map<ErrorKind, number>(ERROR_KINDS.map((kind) => [kind, 0]));
  readonly durations = new Distribution(DURATION_BUCKETS_S);
  readonly inits = new Distribution(INIT_BUCKETS_S);
  readonly eventAges = new Distribution(AGE_BUCKETS_S);
  readonly eventRetries = new Map<RetryCause, number>();
  readonly eventsGivenUp = new Map<Condition, number>();
  throttles = 0;
  recursions = 0;

  constructor(labels: FunctionLabels) {
    this.labels = labels;
  }
}

/** Metrics of invocations and events, by function. Exported when they are scraped. */
export class InvokeMetrics {
  readonly #functions: FunctionSeries<FunctionCounts>;
  readonly #overhead = new Distribution(OVERHEAD_BUCKETS_S);
  #platformErrors = 0;

  constructor(
    registry: Registry,
    admission: Pick<Admission, "counts">,
    functionsPerAccount = DEFAULT_FUNCTIONS_PER_ACCOUNT,
  ) {
    const functions = new FunctionSeries(functionsPerAccount, (labels) => new FunctionCounts(labels));
    this.#functions = functions;
    const counter = byFunction(registry, functions);
    counter(
      "hearth_invocations_total",
      "Runs of functions by how they ended: success, functionError, timedOut.",
      "outcome",
      ({ outcomes }) => OUTCOMES.map((outcome) => [outcome, outcomes[outcome]]),
    );
    counter(
      "hearth_invocation_errors_total",
      "Invocations that failed, by kind: function (the function answered with an error, or its init failed), timeout, exit (its process ended), outOfMemory, response (its answer was too large or broke off), platform (Hearth could not run it).",
      "kind",
      ({ errors }) => errors,
    );
    counter(
      "hearth_throttles_total",
      "Invocations refused with TooManyRequestsException.",
      undefined,
      (one) => one.throttles,
    );
    counter(
      "hearth_cold_starts_total",
      "Invocations that were the first of their environment.",
      undefined,
      (one) => one.inits.count,
    );
    counter(
      "hearth_recursive_invocations_dropped_total",
      "Invocations refused because their chain of requests had run the function too often.",
      undefined,
      (one) => one.recursions,
    );
    counter(
      "hearth_event_retries_total",
      "Runs of events after which the event waits for another attempt, by cause: functionError, or system (a throttle or an error of Hearth).",
      "cause",
      ({ eventRetries }) => eventRetries,
    );
    counter(
      "hearth_events_given_up_total",
      "Events that will not run again without having succeeded, by condition: RetriesExhausted, EventAgeExceeded, ZeroReservedConcurrency, FunctionNotFound, Rejected.",
      "condition",
      ({ eventsGivenUp }) => eventsGivenUp,
    );
    const platformErrors = (): number => this.#platformErrors;
    new Counter({
      name: "hearth_platform_errors_total",
      help: "Invocations that failed for a reason that is not the function's, of all functions.",
      registers: [registry],
      collect() {
        this.reset();
        this.inc(platformErrors());
      },
    });
    new Gauge({
      name: "hearth_concurrent_executions",
      help: "Invocations that run now.",
      labelNames: FUNCTION_LABELS,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels } of functions) this.set({ ...labels }, 0);
        for (const one of admission.counts()) {
          if (one.running > 0) this.inc({ ...functions.existing(one).labels }, one.running);
        }
      },
    });
    const histogram = (
      name: string,
      help: string,
      buckets: readonly number[],
      of: (one: FunctionCounts) => Distribution,
    ): void => {
      const series = () => [...functions].map((one) => [one.labels, of(one)] as const);
      new ExportedHistogram({ name, help, labelNames: FUNCTION_LABELS, buckets, registry, series });
    };
    histogram(
      "hearth_invocation_duration_seconds",
      "Duration of runs, init apart.",
      DURATION_BUCKETS_S,
      (one) => one.durations,
    );
    histogram(
      "hearth_invocation_init_seconds",
      "Duration of inits, of invocations that were the first of their environment.",
      INIT_BUCKETS_S,
      (one) => one.inits,
    );
    histogram(
      "hearth_event_age_seconds",
      "Age of events when an attempt to run them has ended.",
      AGE_BUCKETS_S,
      (one) => one.eventAges,
    );
    new ExportedHistogram({
      name: "hearth_invocation_overhead_seconds",
      help: "What an invocation took in the invoker beyond the function's own duration.",
      labelNames: [],
      buckets: OVERHEAD_BUCKETS_S,
      registry,
      series: () => [[{}, this.#overhead]],
    });
  }

  /** Where to count an invocation that begins now. Its function may be deleted before it ends. */
  of(fn: FunctionKey): FunctionCounts {
    return this.#functions.of(fn);
  }

  ran(counts: FunctionCounts, { outcome, durationMs, initDurationMs }: InvocationReport, totalMs: number): void {
    counts.outcomes[outcome.kind]++;
    if (outcome.kind !== "success") add(counts.errors, errorKindOf(outcome));
    if (initDurationMs !== undefined) counts.inits.add(initDurationMs / 1000);
    counts.durations.add(durationMs / 1000);
    this.#overhead.add(Math.max(0, totalMs - durationMs) / 1000);
  }

  platformFailed(counts: FunctionCounts): void {
    this.#platformErrors++;
    add(counts.errors, "platform");
  }

  /** An attempt to run an event has ended. */
  attempted(event: ClaimedEvent, settlement: Settlement): void {
    if (settlement.kind === "handBack") return;
    const counts = this.#functions.existing(event);
    counts.eventAges.add(event.ageMs / 1000);
    if (settlement.kind === "retry") add(counts.eventRetries, settlement.cause);
    else if (settlement.condition !== "Success") add(counts.eventsGivenUp, settlement.condition);
  }

  /** Removes the series of a deleted function. */
  forget(fn: FunctionKey): void {
    this.#functions.forget(fn);
  }
}

type CountsBy = ReadonlyMap<string, number> | readonly (readonly [string, number])[];

/** Makes counters by function, and by one further label where `read` has several counts. Counts of 0 are left out. */
function byFunction(registry: Registry, functions: FunctionSeries<FunctionCounts>) {
  return <Label extends string>(
    name: string,
    help: string,
    label: Label | undefined,
    read: (one: FunctionCounts) => number | CountsBy,
  ): void => {
    new Counter<string>({
      name,
      help,
      labelNames: [...FUNCTION_LABELS, ...(label === undefined ? [] : [label])],
      registers: [registry],
      collect() {
        this.reset();
        for (const one of functions) {
          const counts = read(one);
          for (const [value, count] of typeof counts === "number" ? [["", counts] as const] : counts) {
            if (count > 0) this.inc({ ...one.labels, ...(label !== undefined && { [label]: value }) }, count);
          }
        }
      },
    });
  };
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
