import { type PoolKey, poolKeyString } from "@hearth/drivers";
import type { Clock, Logger } from "@hearth/kit";
import type { Sandbox } from "./sandbox.ts";
import type { Sandboxes } from "./sandboxes.ts";

/** A start that has just taken one needs the processors and the engine more. */
const REFILL_AFTER_MS = 1_000;
const RETRY_AFTER_MS = 10_000;

export interface CreatedSandboxesDeps {
  readonly sandboxes: Pick<Sandboxes, "create">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many are kept at most, all kinds together. */
  readonly limit: number;
}

/** A kind of sandbox that starts have asked for, and when the last one did. */
export interface UsedKind {
  readonly key: PoolKey;
  readonly usedAtMs: number;
}

/**
 * Sandboxes that are made but not started, one for each of the kinds that were used last: they take neither memory nor processor time, and a start for which no booted
 * sandbox is ready has less to do.
 */
export class CreatedSandboxes implements AsyncDisposable {
  readonly #deps: CreatedSandboxesDeps;
  readonly #created = new Map<string, Sandbox>();
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(deps: CreatedSandboxesDeps) {
    this.#deps = deps;
  }

  /** How many there are. */
  get size(): number {
    return this.#created.size;
  }

  /** One of this kind, if there is one. It belongs to the caller, who has to boot it. */
  take(key: PoolKey): Sandbox | undefined {
    const name = poolKeyString(key);
    const sandbox = this.#created.get(name);
    if (!sandbox) return undefined;
    this.#created.delete(name);
    if (sandbox.hasNotEnded) return sandbox;
    void sandbox.stop(0);
    return undefined;
  }

  /** Makes what is missing for `kinds`, the ones used last first, and removes what is no longer needed. */
  async fill(kinds: readonly UsedKind[], signal: AbortSignal): Promise<void> {
    const { clock, limit } = this.#deps;
    const wanted = new Map(kinds.slice(0, limit).map((kind) => [poolKeyString(kind.key), kind]));
    for (const [name, sandbox] of this.#created) {
      if (wanted.has(name) && sandbox.hasNotEnded) continue;
      this.#created.delete(name);
      await sandbox.stop(0);
    }
    for (const [name, { key, usedAtMs }] of wanted) {
      const now = clock.monotonicMs();
      if (this.#created.has(name) || now < usedAtMs + REFILL_AFTER_MS || now < this.#notBeforeMs) continue;
      if (!(await this.#make(name, key, signal))) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = [...this.#created.values()];
    this.#created.clear();
    await Promise.all(left.map((sandbox) => sandbox.stop(0)));
  }

  async #make(name: string, key: PoolKey, signal: AbortSignal): Promise<boolean> {
    const { sandboxes, clock, logger } = this.#deps;
    try {
      const sandbox = await sandboxes.create(key, signal);
      if (sandbox) this.#created.set(name, sandbox);
      return sandbox !== undefined;
    } catch (error) {
      if (signal.aborted) return false;
      this.#notBeforeMs = clock.monotonicMs() + RETRY_AFTER_MS;
      logger.warn({ err: error, runtime: key.runtime }, "a sandbox could not be made ahead of its start");
      return false;
    }
  }
}
