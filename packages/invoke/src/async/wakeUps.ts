import type { Bus } from "@hearth/bus";
import type { Logger } from "@hearth/kit";

export interface WakeUpsDeps {
  readonly bus: Pick<Bus, "wake">;
  readonly logger: Logger;
}

const MAX_IDS_PER_JOB = 200;

/** Wakes workers for events that were just committed. Events of one turn of the event loop share a job. The sweeper finds events whose wake-up was lost. */
export class WakeUps {
  readonly #deps: WakeUpsDeps;
  #ids: string[] = [];
  #failing = false;

  constructor(deps: WakeUpsDeps) {
    this.#deps = deps;
  }

  /** Returns at once and never throws. */
  add(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length === 1) setImmediate(() => this.#send());
  }

  #send(): void {
    const ids = this.#ids;
    this.#ids = [];
    for (let at = 0; at < ids.length; at += MAX_IDS_PER_JOB) {
      this.#deps.bus.wake(ids.slice(at, at + MAX_IDS_PER_JOB)).then(
        () => {
          this.#failing = false;
        },
        (error: unknown) => {
          if (!this.#failing)
            this.#deps.logger.warn({ err: error }, "could not send wake-ups to the bus; events wait for the sweeper");
          this.#failing = true;
        },
      );
    }
  }
}
