import { Counter, Distribution, ExportedHistogram, type Registry } from "@hearth/kit";

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 900];
/** For requests that were refused before their operation was known. */
const UNKNOWN = "(unknown)";
/** In place of a status: the client went away before it had its answer. */
const GONE = "gone";

interface OperationCounts {
  readonly labels: { readonly service: string; readonly operation: string };
  readonly statuses: Map<number, number>;
  readonly durations: Distribution;
}

/** An operation that a request named. The same operation is the same object each time. */
interface NamedOperation {
  readonly name: string;
}

/** Metrics of the AWS endpoint's requests, by operation and status: the operations that Hearth has, and one series for all that it does not know. */
export class RequestMetrics {
  readonly #operations = new Map<NamedOperation | undefined, OperationCounts>();

  constructor(registry: Registry) {
    const operations = this.#operations;
    new Counter({
      name: "hearth_api_requests_total",
      help: `Requests to AWS's operations that this process answered itself, by service (its signing name), operation, and HTTP status; \`${UNKNOWN}\` where a request was refused before its operation was known, status \`${GONE}\` where the client left before it had its answer.`,
      labelNames: ["service", "operation", "status"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, statuses } of operations.values()) {
          for (const [status, count] of statuses) this.inc({ ...labels, status: status || GONE }, count);
        }
      },
    });
    new ExportedHistogram({
      name: "hearth_api_request_duration_seconds",
      help: "From the headers of a request to the end of its answer; for invocations the function's own time included.",
      labelNames: ["service", "operation"],
      buckets: BUCKETS_S,
      registry,
      series: () => [...operations.values()].map(({ labels, durations }) => [labels, durations] as const),
    });
  }

  /** `status` is 0 when the client went away. `operation` is absent where it is not known. */
  answered(service: string | undefined, operation: NamedOperation | undefined, status: number, ms: number): void {
    let counts = this.#operations.get(operation);
    if (!counts) {
      const labels = { service: operation ? (service ?? UNKNOWN) : UNKNOWN, operation: operation?.name ?? UNKNOWN };
      counts = { labels, statuses: new Map(), durations: new Distribution(BUCKETS_S) };
      this.#operations.set(operation, counts);
    }
    counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1);
    counts.durations.add(ms / 1000);
  }
}
