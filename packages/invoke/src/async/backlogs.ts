import type { Logger } from "@hearth/kit";
import type { FunctionKey } from "@hearth/store";
import type { Claims } from "./claims.ts";
import { keyOf, type Shares } from "./shares.ts";

export interface BacklogsDeps {
  readonly claims: Pick<Claims, "claimNext">;
  readonly shares: Pick<Shares, "shareOf">;
  readonly logger: Logger;
}

/**
 * Remembers the functions whose events were due while the function's share was used up, and claims those events when slots become free. The list is only a
 * hint: the sweeper finds events of functions that are missing in it.
 */
export class Backlogs {
  readonly #deps: BacklogsDeps;
  readonly #stop: AbortSignal;
  readonly #functions = new Map<string, FunctionKey>();
  #serving: Promise<void> | undefined;

  /** Claims nothing more once `stop` has aborted. */
  constructor(deps: BacklogsDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  add(functions: readonly FunctionKey[]): void {
    for (const fn of functions) this.#functions.set(keyOf(fn), fn);
  }

  /** Gives free slots to the functions that wait for some. Call it when a slot was released or a function was added. Returns at once. */
  serve(): void {
    if (this.#functions.size === 0 || this.#serving || this.#stop.aborted) return;
    this.#serving = this.#serveEach()
      .catch((error: unknown) =>
        this.#deps.logger.warn({ err: error }, "could not claim events that wait for a free slot"),
      )
      .finally(() => {
        this.#serving = undefined;
      });
  }

  /** Resolves when no claim is under way. */
  async idle(): Promise<void> {
    await this.#serving;
  }

  async #serveEach(): Promise<void> {
    const { claims, shares } = this.#deps;
    for (let claimed = 1; claimed > 0;) {
      claimed = 0;
      for (const [key, fn] of this.#functions) {
        const slots = shares.shareOf(fn);
        if (slots === 0 || this.#stop.aborted) continue;
        const { length } = await claims.claimNext(fn, slots);
        claimed += length;
        if (length < slots) this.#functions.delete(key);
      }
    }
  }
}
