import { Counter, Histogram, type Registry } from "@hearth/kit";

/** Metrics of the images of runtimes that were pulled or built because the engine did not have them. */
export class RuntimeImageMetrics {
  readonly #builds: Counter<"runtime" | "result">;
  readonly #durations: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#builds = new Counter({
      name: "hearth_image_builds_total",
      help: "Images of runtimes that were pulled or built, by runtime and result: made, failed.",
      labelNames: ["runtime", "result"],
      registers,
    });
    this.#durations = new Histogram({
      name: "hearth_image_build_duration_seconds",
      help: "How long pulling or building the image of a runtime took, failed attempts included.",
      buckets: [1, 5, 10, 20, 30, 60, 120, 300, 600, 1_800],
      registers,
    });
  }

  ended(runtime: string, result: "made" | "failed", durationMs: number): void {
    this.#builds.inc({ runtime, result });
    this.#durations.observe(durationMs / 1000);
  }
}
