import type { ImageSource } from "@hearth/drivers";
import type { Logger } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import type { ActivationStore } from "@hearth/store";

export interface StateReasonsDeps {
  readonly functions: Pick<ActivationStore, "explainActivation">;
  readonly imageSource: Pick<ImageSource, "onProgress">;
  readonly logger: Logger;
}

/** Writes into the `StateReason` of versions why they are still Pending, and how far the runtime or image that they wait for has got. */
export class StateReasons {
  readonly #deps: StateReasonsDeps;
  /** By the name of a runtime or an image: the versions that wait for it. */
  readonly #waiting = new Map<string, Set<FunctionVersion>>();

  constructor(deps: StateReasonsDeps) {
    this.#deps = deps;
    deps.imageSource.onProgress(({ runtime, message }) => {
      for (const version of this.#waiting.get(runtime) ?? []) void this.explain(version, message);
    });
  }

  /** Never rejects: the activation goes on when its explanation cannot be written. */
  async explain(version: FunctionVersion, reason: string): Promise<void> {
    const { functions, logger } = this.#deps;
    try {
      await functions.explainActivation(version, reason);
    } catch (error) {
      logger.warn({ err: error, FunctionName: version.FunctionName }, "could not write why a function is Pending");
    }
  }

  /** Runs `work`, which makes the runtime or image `name` available; meanwhile the driver's progress with it is the version's StateReason. */
  async during<T>(name: string, version: FunctionVersion, work: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(version));
    try {
      return await work();
    } finally {
      waiting.delete(version);
      if (waiting.size === 0) this.#waiting.delete(name);
    }
  }
}
