import type { Clock } from "@hearth/kit";
import type { MetricSink, MetricUnit } from "@hearth/model";
import type { FunctionKey } from "@hearth/store";
import type { Admission } from "./admission.ts";

export interface FunctionMetricsDeps {
  readonly sink: MetricSink;
  readonly admission: Pick<Admission, "counts">;
  readonly clock: Clock;
}

const SAMPLE_EVERY_MS = 10_000;

/**
 * Metrics of AWS/Lambda that usage records do not tell: throttles, events, and how many runs there are at a time, which is looked at every ten seconds. Nothing
 * is done for an invocation that runs.
 */
export class FunctionMetrics implements Disposable {
  readonly #deps: FunctionMetricsDeps;
  #timer: Disposable | undefined;

  constructor(deps: FunctionMetricsDeps) {
    this.#deps = deps;
    this.#sampleLater();
  }

  throttled(fn: FunctionKey): void {
    this.#put(fn, "Throttles", 1, "Count");
  }

  /** Extensions of the function went on after its runtime had finished. */
  extensionsRan(fn: FunctionKey, ms: number): void {
    this.#put(fn, "PostRuntimeExtensionsDuration", ms, "Milliseconds");
  }

  eventReceived(fn: FunctionKey): void {
    this.#put(fn, "AsyncEventsReceived", 1, "Count");
  }

  eventRan(fn: FunctionKey, ageMs: number): void {
    this.#put(fn, "AsyncEventAge", ageMs, "Milliseconds");
  }

  eventDropped(fn: FunctionKey): void {
    this.#put(fn, "AsyncEventsDropped", 1, "Count");
  }

  #put({ accountId, region, FunctionName }: FunctionKey, MetricName: string, value: number, unit: MetricUnit): void {
    const { sink, clock } = this.#deps;
    const sample = { accountId, region, Namespace: "AWS/Lambda", MetricName, value, unit, at: clock.now() };
    sink.put({ ...sample, Dimensions: {} });
    sink.put({ ...sample, Dimensions: { FunctionName } });
    sink.put({ ...sample, Dimensions: { FunctionName, Resource: FunctionName } });
  }

  #sampleLater(): void {
    this.#timer = this.#deps.clock.after(SAMPLE_EVERY_MS, () => {
      this.#sample();
      this.#sampleLater();
    });
  }

  #sample(): void {
    const { sink, admission, clock } = this.#deps;
    const at = clock.now();
    const totals = new Map<string, { readonly accountId: string; readonly region: string; value: number }>();
    for (const { accountId, region, FunctionName, running } of admission.counts()) {
      if (running === 0) continue;
      const sample = {
        accountId,
        region,
        Namespace: "AWS/Lambda",
        MetricName: "ConcurrentExecutions",
        unit: "Count",
        at,
      } as const;
      sink.put({ ...sample, Dimensions: { FunctionName }, value: running });
      const total = totals.get(`${accountId} ${region}`) ?? { accountId, region, value: 0 };
      total.value += running;
      totals.set(`${accountId} ${region}`, total);
    }
    for (const { accountId, region, value } of totals.values()) {
      const MetricName = "ConcurrentExecutions";
      sink.put({ accountId, region, Namespace: "AWS/Lambda", MetricName, Dimensions: {}, value, unit: "Count", at });
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}
