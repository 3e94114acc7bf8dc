import type { ExecutionEnvironment } from "./executionEnvironment.ts";

interface Waiter {
  readonly resolve: (environment: ExecutionEnvironment) => void;
  readonly reject: (error: Error) => void;
}

/** Requests that wait for an environment: synchronous callers before events, and in the order in which they came. */
export class WaitingRequests {
  readonly #callers = new Set<Waiter>();
  readonly #events = new Set<Waiter>();

  get size(): number {
    return this.#callers.size + this.#events.size;
  }

  /** How many of them are synchronous callers. */
  get callers(): number {
    return this.#callers.size;
  }

  /** Resolves with an environment that is taken for this request. Rejects with the signal's reason when it aborts first. */
  wait(signal: AbortSignal, isEvent = false): Promise<ExecutionEnvironment> {
    const waiters = isEvent ? this.#events : this.#callers;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiters.delete(waiter);
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
      waiters.add(waiter);
    });
  }

  /** Takes `environment` for the request whose turn it is. False when none waits. */
  serve(environment: ExecutionEnvironment): boolean {
    const waiter = shift(this.#callers) ?? shift(this.#events);
    if (!waiter) return false;
    environment.take();
    waiter.resolve(environment);
    return true;
  }

  /** Rejects one request, if one waits: an event, which is tried again later, before a caller. */
  rejectFirst(error: Error): void {
    (shift(this.#events) ?? shift(this.#callers))?.reject(error);
  }

  rejectAll(error: Error): void {
    for (const waiters of [this.#callers, this.#events]) {
      for (const waiter of waiters) waiter.reject(error);
      waiters.clear();
    }
  }
}

function shift(waiters: Set<Waiter>): Waiter | undefined {
  if (waiters.size === 0) return undefined;
  const [first] = waiters;
  if (first) waiters.delete(first);
  return first;
}
