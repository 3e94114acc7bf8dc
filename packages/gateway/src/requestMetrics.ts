import type { Clock } from "@hearth/kit";
import type { AccountRegion, Dimensions, MetricSink } from "@hearth/model";

export interface RequestMetricsDeps {
  readonly sink: MetricSink;
  readonly clock: Clock;
}

/** What the metrics of one kind of endpoint are called. */
export interface MetricNames {
  readonly Namespace: string;
  readonly count: string;
  readonly clientErrors: string;
  readonly serverErrors: string;
  readonly latency: string;
  readonly integrationLatency?: string;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export const HTTP_API_METRICS: MetricNames = {
  ...{ Namespace: "AWS/ApiGateway", count: "Count", clientErrors: "4xx", serverErrors: "5xx" },
  ...{ latency: "Latency", integrationLatency: "IntegrationLatency" },
};
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
export const REST_API_METRICS: MetricNames = {
  ...HTTP_API_METRICS,
  clientErrors: "4XXError",
  serverErrors: "5XXError",
};
/** https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html */
export const URL_METRICS: MetricNames = {
  ...{ Namespace: "AWS/Lambda", count: "UrlRequestCount", clientErrors: "Url4xxCount", serverErrors: "Url5xxCount" },
  latency: "UrlRequestLatency",
};

export interface MeasuredRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly status: number;
  readonly latencyMs: number;
  /** Of requests that reached an integration. */
  readonly integrationMs?: number | undefined;
}

const FLUSH_AFTER_MS = 1_000;
const MINUTE_MS = 60_000;
/** Latencies are kept by tenths of milliseconds below this, and by milliseconds above. */
const FINE_MS = 10;
/** Different latencies of one series until it is flushed early. */
const MAX_LATENCIES = 1_000;

/**
 * CloudWatch's metrics of requests for APIs and function URLs. A request adds to counters in memory; values go to the sink together, a second after
 * the first of them and when a minute is over.
 */
export class RequestMetrics implements Disposable {
  readonly #deps: RequestMetricsDeps;
  readonly #filled = new Set<RequestSeries>();
  #timer: Disposable | undefined;

  constructor(deps: RequestMetricsDeps) {
    this.#deps = deps;
  }

  /** Metrics with these dimensions. To be kept by the caller: making one costs more than counting. */
  series(names: MetricNames, owner: AccountRegion, dimensions: readonly Dimensions[]): RequestSeries {
    const filled = (series: RequestSeries): void => {
      this.#filled.add(series);
      this.#timer ??= this.#deps.clock.after(FLUSH_AFTER_MS, () => this.flush());
    };
    return new RequestSeries({ names, owner, dimensions, filled, sink: this.#deps.sink });
  }

  flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const series of this.#filled) series.flush();
    this.#filled.clear();
  }

  [Symbol.dispose](): void {
    this.flush();
  }
}

interface SeriesParts {
  readonly names: MetricNames;
  readonly owner: AccountRegion;
  readonly dimensions: readonly Dimensions[];
  /** Called when the first value comes after a flush. */
  readonly filled: (series: RequestSeries) => void;
  readonly sink: MetricSink;
}

/** The counters of the requests for one stage, one method or one URL. */
export class RequestSeries {
  readonly #parts: SeriesParts;
  #minute = 0;
  #at = 0;
  #count = 0;
  #clientErrors = 0;
  #serverErrors = 0;
  readonly #latencies = new Map<number, number>();
  readonly #integrationLatencies = new Map<number, number>();

  constructor(parts: SeriesParts) {
    this.#parts = parts;
  }

  add({ at, status, latencyMs, integrationMs }: MeasuredRequest): void {
    const minute = Math.floor(at / MINUTE_MS);
    if (this.#count > 0 && (minute !== this.#minute || this.#latencies.size >= MAX_LATENCIES)) this.flush();
    if (this.#count === 0) {
      this.#minute = minute;
      this.#at = at;
      this.#parts.filled(this);
    }
    this.#count++;
    if (status >= 500) this.#serverErrors++;
    else if (status >= 400) this.#clientErrors++;
    increment(this.#latencies, latencyMs);
    if (integrationMs !== undefined) increment(this.#integrationLatencies, integrationMs);
  }

  /** Hands the values over. */
  flush(): void {
    if (this.#count === 0) return;
    const { names } = this.#parts;
    this.#put(names.count, 1, this.#count);
    for (const [name, errors] of [
      [names.clientErrors, this.#clientErrors],
      [names.serverErrors, this.#serverErrors],
    ] as const) {
      // Zeros too: the average is then the rate of errors.
      this.#put(name, 1, errors);
      this.#put(name, 0, this.#count - errors);
    }
    for (const [ms, count] of this.#latencies) this.#put(names.latency, ms, count);
    const { integrationLatency } = names;
    if (integrationLatency !== undefined) {
      for (const [ms, count] of this.#integrationLatencies) this.#put(integrationLatency, ms, count);
    }
    this.#count = this.#clientErrors = this.#serverErrors = 0;
    this.#latencies.clear();
    this.#integrationLatencies.clear();
  }

  #put(MetricName: string, value: number, count: number): void {
    if (count === 0) return;
    const { names, owner, dimensions, sink } = this.#parts;
    const { accountId, region } = owner;
    const unit = MetricName === names.latency || MetricName === names.integrationLatency ? "Milliseconds" : "Count";
    for (const Dimensions of dimensions) {
      sink.put({
        ...{ accountId, region, Namespace: names.Namespace, MetricName, Dimensions },
        ...{ value, count, unit, at: this.#at },
      });
    }
  }
}

function increment(counts: Map<number, number>, ms: number): void {
  const rounded = ms < FINE_MS ? Math.round(ms * 10) / 10 : Math.round(ms);
  counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
}
