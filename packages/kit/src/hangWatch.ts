import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** A call that takes this long is suspicious: the server is asked whether it still answers. */
const LATE_MS = 2_000;
/** Also a busy server answers the simplest question within this time. */
const PING_TIMEOUT_MS = 5_000;
/** After a pause of this process itself, an answer that is already here is read before the time is judged to be over. */
const READ_GRACE_MS = 250;
const PING_AGAIN_MS = 1_000;

export interface HangWatchDeps {
  /** For messages, such as "PostgreSQL". */
  readonly name: string;
  /** Asks the server something that it answers at once. An error is an answer too: a server that refuses does not hang. */
  ping(signal: AbortSignal): Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The server accepts connections or requests and answers none. */
export class ServerHangs extends Error {}

/**
 * Notices that a server hangs. While a call is late, the server is pinged; when it does not answer that either, all calls are failed, and new ones are
 * refused until it answers a ping again. A call that is merely slow, on a server that answers pings, is left alone. Does nothing while no call is late.
 */
export class HangWatch implements Disposable {
  readonly #deps: HangWatchDeps;
  readonly #calls = new Set<{ readonly sinceMs: number; readonly onHang: (error: ServerHangs) => void }>();
  readonly #stop = new AbortController();
  #timer: Disposable | undefined;
  #isPinging = false;
  #hangsSinceMs: number | undefined;

  constructor(deps: HangWatchDeps) {
    this.#deps = deps;
  }

  get hangs(): boolean {
    return this.#hangsSinceMs !== undefined;
  }

  /** Throws ServerHangs while the server is known to hang. */
  check(): void {
    if (this.#hangsSinceMs !== undefined) throw this.#error(this.#hangsSinceMs);
  }

  /** A call begins; disposal ends it. `onHang` is called at most once, and the call has to end then. */
  begin(onHang: (error: ServerHangs) => void): Disposable {
    const call = { sinceMs: this.#deps.clock.monotonicMs(), onHang };
    this.#calls.add(call);
    this.#lookLater();
    return { [Symbol.dispose]: () => void this.#calls.delete(call) };
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("the watch has ended"));
    this.#timer?.[Symbol.dispose]();
  }

  #lookLater(): void {
    if (this.#timer || this.#isPinging || this.#stop.signal.aborted) return;
    this.#timer = this.#deps.clock.after(LATE_MS, () => {
      this.#timer = undefined;
      const [oldest] = this.#calls;
      if (!oldest) return;
      if (this.#deps.clock.monotonicMs() - oldest.sinceMs < LATE_MS) this.#lookLater();
      else void this.#pingUntilAnswered();
    });
  }

  async #pingUntilAnswered(): Promise<void> {
    const { clock, logger, name } = this.#deps;
    const stop = this.#stop.signal;
    this.#isPinging = true;
    while (!stop.aborted && !(await this.#answers())) {
      if (stop.aborted) break;
      this.#hang();
      await clock.sleep(PING_AGAIN_MS, stop).catch(() => undefined);
    }
    if (this.#hangsSinceMs !== undefined && !stop.aborted) {
      logger.info({ afterMs: Math.round(clock.monotonicMs() - this.#hangsSinceMs) }, `${name} answers again`);
      this.#hangsSinceMs = undefined;
    }
    this.#isPinging = false;
    if (this.#calls.size > 0) this.#lookLater();
  }

  #hang(): void {
    const { clock, logger, name } = this.#deps;
    const calls = [...this.#calls];
    this.#calls.clear();
    if (this.#hangsSinceMs === undefined) {
      this.#hangsSinceMs = calls[0]?.sinceMs ?? clock.monotonicMs();
      logger.error({ calls: calls.length }, `${name} does not answer: calls fail at once until it does`);
    }
    const error = this.#error(this.#hangsSinceMs);
    for (const { onHang } of calls) onHang(error);
  }

  async #answers(): Promise<boolean> {
    const { clock, ping } = this.#deps;
    const enough = new AbortController();
    let answered = false;
    const done = ping(AbortSignal.any([enough.signal, this.#stop.signal])).then(
      () => (answered = true),
      () => (answered = true),
    );
    const timer = new AbortController();
    const late = clock.sleep(PING_TIMEOUT_MS, timer.signal).then(
      () => clock.sleep(READ_GRACE_MS, timer.signal),
      () => undefined,
    );
    await Promise.race([done, late.catch(() => undefined)]);
    const result = answered;
    timer.abort(new Error("done"));
    enough.abort(new Error("the server does not answer a ping"));
    return result;
  }

  #error(sinceMs: number): ServerHangs {
    const seconds = Math.round((this.#deps.clock.monotonicMs() - sinceMs) / 1000);
    return new ServerHangs(`${this.#deps.name} has not answered for ${seconds} s`);
  }
}
