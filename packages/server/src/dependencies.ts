import { BackgroundLoop, type Clock, Gauge, type Logger, type Registry } from "@hearth/kit";

const ASK_EVERY_MS = 5_000;
/** What is asked has deadlines of its own; this one is for a launcher that hangs itself. */
const ANSWER_TIMEOUT_MS = 15_000;

export interface DependenciesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

/**
 * Asks the servers that this process needs, again and again, whether they answer. `/readyz`, `/metrics` and the log show the result, which is at hand
 * without asking: none of them waits for a server that hangs.
 */
export class Dependencies implements AsyncDisposable {
  readonly #deps: DependenciesDeps;
  readonly #up: Gauge<"dependency">;
  readonly #loops: BackgroundLoop[] = [];
  /** Since when each server that does not answer has not done so. */
  readonly #problems = new Map<string, number>();

  constructor(deps: DependenciesDeps) {
    this.#deps = deps;
    this.#up = new Gauge({
      name: "hearth_dependency_up",
      help: "Whether a server that this process needs can be used, 1 or 0, by dependency: database, engine (the Docker Engine, or the launcher of the process driver).",
      labelNames: ["dependency"],
      registers: [deps.registry],
    });
  }

  /** One line for each server that does not answer, without the reason: anyone may read it, and the log has it. */
  get problems(): readonly string[] {
    const now = this.#deps.clock.monotonicMs();
    return [...this.#problems].map(
      ([name, sinceMs]) => `${name} has not been usable for ${Math.round((now - sinceMs) / 1000)} s`,
    );
  }

  /** `ask` rejects with the reason why the server cannot be used. */
  watch(name: string, label: string, ask: () => Promise<unknown>): void {
    this.#up.set({ dependency: label }, 1);
    this.#loops.push(
      new BackgroundLoop(`watch of ${label}`, ASK_EVERY_MS, () => this.#look(name, label, ask), this.#deps),
    );
  }

  async #look(name: string, label: string, ask: () => Promise<unknown>): Promise<void> {
    const { clock, logger } = this.#deps;
    const reason = await this.#reasonOf(ask);
    const before = this.#problems.get(name);
    if (reason === undefined) {
      if (before === undefined) return;
      this.#problems.delete(name);
      this.#up.set({ dependency: label }, 1);
      logger.info({ dependency: label, afterMs: Math.round(clock.monotonicMs() - before) }, `${name} is usable again`);
      return;
    }
    if (before !== undefined) return;
    this.#problems.set(name, clock.monotonicMs());
    this.#up.set({ dependency: label }, 0);
    logger.error({ dependency: label, reason }, `${name} cannot be used`);
  }

  async #reasonOf(ask: () => Promise<unknown>): Promise<string | undefined> {
    const late = Promise.withResolvers<never>();
    const tooLate = new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`);
    using _timer = this.#deps.clock.after(ANSWER_TIMEOUT_MS, () => late.reject(tooLate));
    try {
      await Promise.race([ask(), late.promise]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Does not wait for answers. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const loop of this.#loops) void loop[Symbol.asyncDispose]();
  }
}
