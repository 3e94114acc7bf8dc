import { Counter, Distribution, ExportedHistogram, type Registry } from "@hearth/kit";
import type { HttpAddress } from "./httpAddress.ts";

const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 900];
/** In place of a status: the client went away before it had its answer. */
const GONE = "gone";

type Form = HttpAddress["form"];

/** Metrics of requests for function URLs and APIs. Few series: those of one function are in CloudWatch's metrics of it. */
export class GatewayMetrics {
  readonly #statuses = new Map<string, { readonly form: Form; readonly status: string; count: number }>();
  readonly #durations = new Map<Form, Distribution>();

  constructor(registry: Registry) {
    const statuses = this.#statuses;
    new Counter({
      name: "hearth_gateway_requests_total",
      help: `Requests for function URLs (\`url\`), APIs by their own names (\`api\`) and APIs by custom domain names (\`domain\`), by HTTP status; status \`${GONE}\` where the client left before it had its answer.`,
      labelNames: ["form", "status"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { form, status, count } of statuses.values()) this.inc({ form, status }, count);
      },
    });
    new ExportedHistogram({
      name: "hearth_gateway_request_duration_seconds",
      help: "From the headers of a request for a function URL or an API to the end of its answer, the function's own time included.",
      labelNames: ["form"],
      buckets: BUCKETS_S,
      registry,
      series: () => [...this.#durations].map(([form, durations]) => [{ form }, durations] as const),
    });
  }

  /** `status` is `undefined` when the client went away. */
  answered(form: Form, status: number | undefined, ms: number): void {
    const key = `${form} ${status}`;
    let known = this.#statuses.get(key);
    if (!known)
      this.#statuses.set(key, (known = { form, status: status === undefined ? GONE : String(status), count: 0 }));
    known.count++;
    let durations = this.#durations.get(form);
    if (!durations) this.#durations.set(form, (durations = new Distribution(BUCKETS_S)));
    durations.add(ms / 1000);
  }
}
