import { Counter, Gauge, type Registry } from "@hearth/kit";

/** Metrics of the networks that are kept ready for sandboxes. */
export class ReadyNetworkMetrics {
  readonly #attached: Counter<"network">;
  readonly #ready: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#attached = new Counter({
      name: "hearth_sandbox_networks_total",
      help: "Sandboxes that got the egress network, by where it came from: ready (kept ready before), new (made by the engine).",
      labelNames: ["network"],
      registers,
    });
    this.#ready = new Gauge({
      name: "hearth_ready_networks",
      help: "Networks that are kept ready for sandboxes now.",
      registers,
    });
  }

  attached(network: "ready" | "new"): void {
    this.#attached.inc({ network });
  }

  has(count: number): void {
    this.#ready.set(count);
  }
}
