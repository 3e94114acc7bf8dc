import { Counter, Gauge, type Registry } from "@hearth/kit";

/** How messages come to the rules. */
export type IotEntrance = "mqtt" | "http" | "republish" | "external";

/** Counts messages and what rules could not do. */
export class IotMetrics {
  readonly #messages: Counter<"entrance">;
  readonly #failures: Counter<"action">;
  readonly #connections: Gauge;

  constructor(registry: Registry) {
    this.#messages = new Counter({
      name: "hearth_iot_messages_total",
      help: "Messages that were published to topics of IoT, by the way they came.",
      labelNames: ["entrance"],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: "hearth_iot_rule_failures_total",
      help: "Actions of topic rules that could not be carried out for a message, before anything was sent.",
      labelNames: ["action"],
      registers: [registry],
    });
    this.#connections = new Gauge({
      name: "hearth_mqtt_connections",
      help: "Clients that are connected to the embedded MQTT broker.",
      registers: [registry],
    });
  }

  published(entrance: IotEntrance): void {
    this.#messages.inc({ entrance });
  }

  failed(action: string): void {
    this.#failures.inc({ action });
  }

  connected(clients: number): void {
    this.#connections.set(clients);
  }
}
