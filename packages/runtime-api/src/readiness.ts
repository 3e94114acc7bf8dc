import { invariant } from "@hearth/kit";

/** One process that must be waiting in `next` before its environment counts as idle. */
export interface Participant {
  /** It has asked for its next event. Idempotent. */
  waits(): void;
  /** It has been given an event to work on. Idempotent. */
  works(): void;
  /** It has ended, or will ask for no more events: the others no longer wait for it. Idempotent. */
  leave(): void;
}

/**
 * Who must be waiting in `next` before an environment counts as idle. A participant works from the moment it joins, because it first
 * initialises; after that it alternates between waiting and working until it leaves.
 */
export class Readiness {
  readonly #onAllWaiting: () => void;
  #participants = 0;
  #working = 0;
  #waiters: (() => void)[] = [];

  /** `onAllWaiting` is called synchronously, each time the last participant that worked begins to wait or leaves. */
  constructor(onAllWaiting: () => void) {
    this.#onAllWaiting = onAllWaiting;
  }

  get allWaiting(): boolean {
    return this.#working === 0 && this.#participants > 0;
  }

  join(): Participant {
    let state: "working" | "waiting" | "left" = "working";
    this.#participants++;
    this.#working++;
    return {
      waits: () => {
        if (state !== "working") return;
        state = "waiting";
        this.#stoppedWorking();
      },
      works: () => {
        invariant(state !== "left", "a participant that has left was given an event");
        if (state === "working") return;
        state = "working";
        this.#working++;
      },
      leave: () => {
        if (state === "left") return;
        const worked = state === "working";
        state = "left";
        this.#participants--;
        if (worked) this.#stoppedWorking();
      },
    };
  }

  /** Resolves as soon as all participants wait. */
  async whenAllWaiting(): Promise<void> {
    if (!this.allWaiting) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #stoppedWorking(): void {
    this.#working--;
    if (!this.allWaiting) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
    this.#onAllWaiting();
  }
}
