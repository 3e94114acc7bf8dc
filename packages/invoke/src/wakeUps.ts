import type { Bus } from "@hearth/bus";
import type { Logger } from "@hearth/kit";

export interface WakeUpsDeps {
  readonly bus: Pick<Bus, "wake">;
  readonly logger: Logger;
}

/** Ids in one wake at most. */
const MOST = 200;

/** Tells workers about events that were just committed: those of one turn of the event loop share a job. What gets lost here, the sweeper finds. */
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
    for (let at = 0; at < ids.length; at += MOST) {
      this.#deps.bus.wake(ids.slice(at, at + MOST)).then(
        () => {
          this.#failing = false;
        },
        (error: unknown) => {
          if (!this.#failing)
            this.#deps.logger.warn({ err: error }, "the bus does not take wake-ups; events wait for the sweeper");
          this.#failing = true;
        },
      );
    }
  }
}
