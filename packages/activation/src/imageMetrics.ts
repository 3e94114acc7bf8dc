import { Counter, Histogram, type Registry } from "@hearth/kit";
import type { ImageAnswer } from "@hearth/store";

/** Metrics of container images: look-ups of names, and how long activations waited for their image. */
export class ImageMetrics {
  readonly #lookups: Counter<"result">;
  readonly #waits: Histogram<"result">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#lookups = new Counter({
      name: "hearth_image_lookups_total",
      help: "Names of images that were looked up, by result: found, missing, denied, unknown, unsupported, failed.",
      labelNames: ["result"],
      registers,
    });
    this.#waits = new Histogram({
      name: "hearth_image_ready_seconds",
      help: "How long a function that is being activated waited for its image, pulled or not, by result: ready, failed.",
      labelNames: ["result"],
      buckets: [0.01, 0.05, 0.2, 1, 5, 20, 60, 180, 600, 1800],
      registers,
    });
  }

  lookedUp(result: ImageAnswer["kind"]): void {
    this.#lookups.inc({ result });
  }

  waited(result: "ready" | "failed", durationMs: number): void {
    this.#waits.observe({ result }, durationMs / 1000);
  }
}
