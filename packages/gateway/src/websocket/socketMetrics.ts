import { Counter, Gauge, type Registry } from "@hearth/kit";

/** Metrics of WebSocket APIs in this process. */
export class SocketMetrics {
  readonly #messages: Counter;

  constructor(registry: Registry, open: () => number) {
    new Gauge({
      name: "hearth_web_sockets",
      help: "Connections of WebSocket APIs that are open in this process.",
      registers: [registry],
      collect() {
        this.set(open());
      },
    });
    this.#messages = new Counter({
      name: "hearth_web_socket_messages_total",
      help: "Messages of WebSocket APIs: from clients (`in`), and sent to clients by `@connections`, by route responses or as errors (`out`).",
      labelNames: ["direction"],
      registers: [registry],
    });
  }

  received(): void {
    this.#messages.inc({ direction: "in" });
  }

  sent(): void {
    this.#messages.inc({ direction: "out" });
  }
}
