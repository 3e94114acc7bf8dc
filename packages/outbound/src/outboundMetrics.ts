import { Counter, Gauge, type Registry } from "@hearth/kit";

export type OutboundOutcome = "answered" | "connected" | "allowed" | "refused" | "timeout" | "failed";

/** Metrics of connections to addresses that accounts have chosen. */
export class OutboundMetrics {
  readonly #requests: Counter;
  #held: () => number = () => 0;

  constructor(registry: Registry) {
    this.#requests = new Counter({
      name: "hearth_outbound_requests_total",
      help: "Requests and connections to addresses that accounts have chosen. refused: the address, the port or the form of the request is not allowed.",
      labelNames: ["outcome"],
      registers: [registry],
    });
    const read = (): number => this.#held();
    new Gauge({
      name: "hearth_outbound_connections",
      help: "Open connections to addresses that accounts have chosen.",
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }

  count(outcome: OutboundOutcome): void {
    this.#requests.inc({ outcome });
  }

  observe(held: () => number): void {
    this.#held = held;
  }
}
