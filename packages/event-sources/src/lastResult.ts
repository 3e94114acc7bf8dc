import type { Clock, Logger } from "@hearth/kit";
import type { EventSourceUnitStore } from "@hearth/store";

export const OK = "OK";
export const CALL_FAILED = "PROBLEM: Function call failed";

const EVERY_MS = 1_000;

export interface LastResultDeps {
  readonly units: Pick<EventSourceUnitStore, "setResult">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the `LastProcessingResult` of a mapping: written when it changes, at most once a second. */
export class LastResult implements AsyncDisposable {
  readonly #UUID: string;
  readonly #deps: LastResultDeps;
  #written: string | undefined;
  #current: string | undefined;
  #timer: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(UUID: string, deps: LastResultDeps) {
    this.#UUID = UUID;
    this.#deps = deps;
  }

  set(result: string): void {
    this.#current = result;
    if (result === this.#written || this.#timer) return;
    this.#write();
    this.#timer = this.#deps.clock.after(EVERY_MS, () => {
      this.#timer = undefined;
      if (this.#current !== this.#written) this.set(this.#current ?? result);
    });
  }

  #write(): void {
    const result = this.#current ?? OK;
    this.#written = result;
    this.#writing = this.#writing
      .then(() => this.#deps.units.setResult(this.#UUID, result))
      .catch((error: unknown) => {
        this.#written = undefined;
        this.#deps.logger.debug({ err: error, UUID: this.#UUID }, "could not store the last result of a mapping");
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    if (this.#current !== undefined && this.#current !== this.#written) this.#write();
    await this.#writing;
  }
}
