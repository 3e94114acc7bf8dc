import type { LastResult } from "./lastResult.ts";
import type { RunningUnit } from "./mappingRun.ts";

/** A mapping that cannot be polled, because Hearth does not serve its kind of source or its settings: it is kept and shown, and says why. */
export class UnservedUnit implements RunningUnit {
  readonly ready = Promise.resolve();
  readonly drained: Promise<void>;
  readonly #drained = Promise.withResolvers<void>();

  constructor(result: LastResult, reason: string) {
    result.set(`PROBLEM: ${reason}`);
    this.drained = this.#drained.promise;
  }

  async stop(): Promise<void> {
    this.#drained.resolve();
  }
}
