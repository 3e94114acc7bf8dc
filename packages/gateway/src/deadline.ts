import type { Clock } from "@hearth/kit";

/** An integration has not answered in time. */
export class TimedOut extends Error {}

/** Ends with the client, or after a time: `over` rejects then, because a function that has its event runs on. */
export class Deadline implements Disposable {
  readonly #abort = new AbortController();
  readonly #timer: Disposable;
  readonly over: Promise<never>;
  readonly #stop: () => void;

  constructor(client: AbortSignal, afterMs: number, clock: Clock) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.over = promise;
    const end = (reason: Error): void => {
      this.#abort.abort(reason);
      reject(reason);
    };
    const gone = (): void => end(client.reason as Error);
    this.#timer = clock.after(afterMs, () => end(new TimedOut()));
    client.addEventListener("abort", gone, { once: true });
    this.#stop = () => client.removeEventListener("abort", gone);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#stop();
  }
}
