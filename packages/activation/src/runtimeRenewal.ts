import { type ImageSource, RuntimeUnavailable } from "@hearth/drivers";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { ActivationStore } from "@hearth/store";

export interface RuntimeRenewalDeps {
  readonly functions: Pick<ActivationStore, "renewRuntimes" | "runtimesInUse">;
  readonly imageSource: Pick<ImageSource, "ensureRuntime" | "runtimes">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 24 * 3_600_000;
const AT_ONCE = 200;
const PAUSE_MS = 60_000;

/**
 * At the start and once a day finds out the newest image of each runtime in use, where they come from a registry, and has functions that follow it (`Auto`)
 * activated anew with that, some at a time. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
 */
export class RuntimeRenewal implements AsyncDisposable {
  readonly #deps: RuntimeRenewalDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: RuntimeRenewalDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("runtime renewal", EVERY_MS, (signal) => this.#step(signal), deps);
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { functions, clock } = this.#deps;
    const newest = await this.#newest(signal);
    if (newest.size === 0) return;
    while ((await functions.renewRuntimes(newest, AT_ONCE)) === AT_ONCE) await clock.sleep(PAUSE_MS, signal);
  }

  /** By runtime identifier. Without the runtimes whose newest image cannot be had now. */
  async #newest(signal: AbortSignal): Promise<ReadonlyMap<string, string | undefined>> {
    const { functions, imageSource, logger } = this.#deps;
    const used = new Set(await functions.runtimesInUse());
    const newest = new Map<string, string | undefined>();
    for (const { runtime, image, state } of await imageSource.runtimes()) {
      if (!used.has(runtime) || state === "unavailable") continue;
      try {
        newest.set(runtime, image === undefined ? undefined : await imageSource.ensureRuntime(runtime, signal));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RuntimeUnavailable)) throw error;
        logger.warn({ err: error, runtime }, "the newest image of a runtime cannot be had");
      }
    }
    return newest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
