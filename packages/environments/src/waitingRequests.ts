import type { ExecutionEnvironment } from "./executionEnvironment.ts";

interface Waiter {
  readonly resolve: (environment: ExecutionEnvironment) => void;
  readonly reject: (error: Error) => void;
}

/** Requests that wait for an environment, in the order in which they came. */
export class WaitingRequests {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** Resolves with an environment that is taken for this request. Rejects with the signal's reason when it aborts first. */
  wait(signal: AbortSignal): Promise<ExecutionEnvironment> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        resolve: (environment) => {
          signal.removeEventListener("abort", onAbort);
          resolve(environment);
        },
        reject: (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Takes `environment` for the request that has waited longest. False when none waits. */
  serve(environment: ExecutionEnvironment): boolean {
    const waiter = this.#shift();
    if (!waiter) return false;
    environment.take();
    waiter.resolve(environment);
    return true;
  }

  /** Rejects the request that has waited longest, if one waits. */
  rejectFirst(error: Error): void {
    this.#shift()?.reject(error);
  }

  rejectAll(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }

  #shift(): Waiter | undefined {
    if (this.#waiters.size === 0) return undefined;
    const [first] = this.#waiters;
    if (first) this.#waiters.delete(first);
    return first;
  }
}
