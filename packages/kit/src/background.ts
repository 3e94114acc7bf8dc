import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/**
 * Repeats `step` every `everyMs` until disposed. A step that throws is logged, and the loop continues. `wake()` runs the next step at once.
 * Disposal aborts the step's signal and waits for the step to end.
 */
export class BackgroundLoop implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #wake: AbortController = new AbortController();
  #woken = false;

  constructor(
    name: string,
    everyMs: number,
    step: (signal: AbortSignal) => Promise<void>,
    deps: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#done = this.#run(name, everyMs, step, deps);
  }

  wake(): void {
    this.#woken = true;
    this.#wake.abort(new Error("woken"));
  }

  async #run(
    name: string,
    everyMs: number,
    step: (signal: AbortSignal) => Promise<void>,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ): Promise<void> {
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      this.#woken = false;
      this.#wake = new AbortController();
      try {
        await step(stop);
      } catch (error) {
        if (!stop.aborted) logger.error({ err: error, loop: name }, "background step failed");
      }
      if (this.#woken) continue;
      await clock.sleep(everyMs, AbortSignal.any([stop, this.#wake.signal])).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("stopping"));
    await this.#done;
  }
}
