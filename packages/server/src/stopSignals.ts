import type { Clock } from "@hearth/kit";

export interface StopSignalsDeps {
  readonly clock: Clock;
  /** The process, or its replacement in a test. */
  readonly process: Pick<NodeJS.Process, "on" | "off">;
  /** For a child whose parent decides when it stops: Ctrl-C in the terminal reaches it too, but must be ignored. */
  readonly ignoreTerminal?: boolean;
}

/** Ctrl-C reaches us more than once: from the terminal, from npm and from start.mjs. Signals within this time count as one. */
const SAME_KEYSTROKE_MS = 700;

/**
 * Aborts `stop` when the process is asked to stop: SIGTERM, SIGINT, SIGHUP, or the end of the process that started us (its channel closes).
 * Aborts `force` when it is asked again.
 */
export class StopSignals implements Disposable {
  readonly #stop = new AbortController();
  readonly #force = new AbortController();
  readonly #deps: StopSignalsDeps;
  #askedAt = -Infinity;

  constructor(deps: StopSignalsDeps) {
    this.#deps = deps;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) deps.process.on(signal, this.#ask);
    deps.process.on("disconnect", this.#orphaned);
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get force(): AbortSignal {
    return this.#force.signal;
  }

  readonly #ask = (signal: NodeJS.Signals): void => {
    if (this.#deps.ignoreTerminal && signal !== "SIGTERM") return;
    const now = this.#deps.clock.monotonicMs();
    if (now - this.#askedAt < SAME_KEYSTROKE_MS) return;
    this.#askedAt = now;
    if (this.#stop.signal.aborted) this.#force.abort(new Error(`asked to stop again (${signal})`));
    else this.#stop.abort(new Error(`asked to stop (${signal})`));
  };

  readonly #orphaned = (): void => {
    if (!this.#stop.signal.aborted) this.#stop.abort(new Error("the process that started Hearth is gone"));
  };

  [Symbol.dispose](): void {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) this.#deps.process.off(signal, this.#ask);
    this.#deps.process.off("disconnect", this.#orphaned);
  }
}
