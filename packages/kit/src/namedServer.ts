import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** `unusable`: the server did not answer, or does not accept Hearth's key. `ended`: the client went away, or its body was wrong. */
export type NamedServerOutcome = "ok" | "refused" | "failed" | "unusable" | "ended";

/** Metrics of requests that are passed on to servers which settings name. */
export class NamedServerMetrics {
  readonly requests: Counter<"service" | "outcome">;
  readonly seconds: Histogram<"service">;
  readonly up: Gauge<"service">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: "hearth_passed_on_requests_total",
      help: "Requests to the servers of HEARTH_S3_ENDPOINT and HEARTH_DYNAMODB_ENDPOINT, by service and outcome: ok, refused (4xx), failed (5xx), unusable (no answer, or Hearth's key is not accepted), ended (by the client).",
      labelNames: ["service", "outcome"],
      registers,
    });
    this.seconds = new Histogram({
      name: "hearth_passed_on_request_duration_seconds",
      help: "Time from a request to the server of HEARTH_S3_ENDPOINT or HEARTH_DYNAMODB_ENDPOINT until its answer begins, by service. The time in which the client sends its body is part of it.",
      labelNames: ["service"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.up = new Gauge({
      name: "hearth_passed_on_server_up",
      help: "Whether the server of HEARTH_S3_ENDPOINT or HEARTH_DYNAMODB_ENDPOINT can be used, 1 or 0, by service, as the last requests have shown.",
      labelNames: ["service"],
      registers,
    });
  }
}

export interface NamedServerDeps {
  readonly metrics: NamedServerMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface NamedServerOptions {
  /** `s3` or `dynamodb`. */
  readonly service: string;
  /** The setting that names it. */
  readonly setting: string;
  /** Sends any request. Its outcome is recorded as that of others. */
  readonly ask: () => Promise<unknown>;
}

const ASK_AGAIN_MS = 5_000;

/**
 * Whether a server that a setting names can be used, as the requests show that are sent to it. It is asked again while it cannot, and nothing is sent otherwise. The log
 * has a line when it stops to be usable, and one when it is again.
 */
export class NamedServer implements Disposable {
  readonly #options: NamedServerOptions;
  readonly #deps: NamedServerDeps;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #unusable: { readonly sinceMs: number; readonly reason: string } | undefined;
  #timer: Disposable | undefined;
  #isDisposed = false;

  constructor(options: NamedServerOptions, deps: NamedServerDeps) {
    this.#options = options;
    this.#deps = deps;
    deps.metrics.up.set({ service: options.service }, 1);
  }

  /** One sentence; `undefined` while the server can be used. */
  get problem(): string | undefined {
    if (!this.#unusable) return undefined;
    const { sinceMs, reason } = this.#unusable;
    const seconds = Math.round((this.#deps.clock.monotonicMs() - sinceMs) / 1000);
    return `the server of ${this.#options.setting} has not been usable for ${seconds} s: ${reason}`;
  }

  /** A request begins. The function that it returns takes the outcome, and for `unusable` the reason; further calls of it do nothing. */
  begin(): (outcome: NamedServerOutcome, reason?: unknown) => void {
    const { metrics, clock } = this.#deps;
    const { service } = this.#options;
    const begunAtMs = clock.monotonicMs();
    let isOver = false;
    return (outcome, reason) => {
      if (isOver) return;
      isOver = true;
      metrics.requests.inc({ service, outcome });
      if (outcome === "unusable") return this.#failed(begunAtMs, messageOf(reason));
      if (outcome === "ended") return;
      metrics.seconds.observe({ service }, (clock.monotonicMs() - begunAtMs) / 1000);
      this.#answered();
    };
  }

  #answered(): void {
    const { metrics, clock, logger } = this.#deps;
    const { service, setting } = this.#options;
    this.#answeredAtMs = clock.monotonicMs();
    if (!this.#unusable) return;
    const afterMs = Math.round(this.#answeredAtMs - this.#unusable.sinceMs);
    this.#unusable = undefined;
    this.#timer?.[Symbol.dispose]();
    metrics.up.set({ service }, 1);
    logger.info({ service, afterMs }, `the server of ${setting} is usable again`);
  }

  #failed(begunAtMs: number, reason: string): void {
    const { metrics, logger } = this.#deps;
    const { service, setting } = this.#options;
    if (this.#unusable || this.#isDisposed) return;
    // Other requests were answered meanwhile, so it is this one alone.
    if (this.#answeredAtMs > begunAtMs) {
      logger.warn({ service, reason }, `the server of ${setting} did not answer a request`);
      return;
    }
    this.#unusable = { sinceMs: begunAtMs, reason };
    metrics.up.set({ service }, 0);
    logger.error({ service, reason }, `the server of ${setting} cannot be used`);
    this.#askLater();
  }

  #askLater(): void {
    if (!this.#unusable || this.#isDisposed) return;
    this.#timer = this.#deps.clock.after(ASK_AGAIN_MS, () => {
      const again = (): void => this.#askLater();
      this.#options.ask().then(again, again); // the outcome was recorded
    });
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.[Symbol.dispose]();
  }
}

function messageOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return reason.message || String((reason as NodeJS.ErrnoException).code ?? reason.name);
}
