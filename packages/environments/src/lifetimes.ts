import type { Clock } from "@hearth/kit";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";

/**
 * Which environments are too old to be used again, because the credentials in their environment variables are about to expire. An idle
 * environment is stopped when it becomes too old.
 */
export class Lifetimes {
  readonly #clock: Clock;
  readonly #maxAgeMs: number | undefined;
  readonly #running = new Map<ExecutionEnvironment, Disposable>();
  readonly #over = new WeakSet<ExecutionEnvironment>();

  /** Without `maxAgeMs` no environment becomes too old. */
  constructor(clock: Clock, maxAgeMs: number | undefined) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  begin(environment: ExecutionEnvironment): void {
    if (this.#maxAgeMs === undefined) return;
    const timer = this.#clock.after(this.#maxAgeMs, () => {
      this.#running.delete(environment);
      this.#over.add(environment);
      if (environment.status === "idle") void environment.stop();
    });
    this.#running.set(environment, timer);
  }

  isOver(environment: ExecutionEnvironment): boolean {
    return this.#over.has(environment);
  }

  /** Idempotent. */
  end(environment: ExecutionEnvironment): void {
    this.#running.get(environment)?.[Symbol.dispose]();
    this.#running.delete(environment);
  }
}
