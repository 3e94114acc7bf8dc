import { type PoolKey, poolKeyString } from "@hearth/drivers";
import { BackgroundLoop, type Clock, type Logger, Semaphore } from "@hearth/kit";
import type { Sandbox } from "./sandbox.ts";
import type { Sandboxes } from "./sandboxes.ts";

export interface BootedPoolOptions {
  /** Booted sandboxes kept ready for each key in use. */
  readonly targetPerKey: number;
  /** Sandboxes that start at the same time. */
  readonly maxParallelBoots: number;
  /** Below this much free memory nothing is booted ahead of demand. */
  readonly minFreeMemoryMb: number;
  /** A key is no longer in use when no sandbox has been taken for this long. */
  readonly keyIdleMs: number;
}

export interface BootedPoolDeps {
  readonly sandboxes: Pick<Sandboxes, "boot">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly freeMemoryMb: () => number;
  readonly options: BootedPoolOptions;
}

interface Entry {
  readonly key: PoolKey;
  readonly ready: Sandbox[];
  usedAtMs: number;
  /** After a failed boot, booting ahead of demand pauses until this time. */
  notBeforeMs: number;
}

const RETRY_AFTER_MS = 10_000;

/** Refilling waits a little: the function that has just taken a sandbox needs the processors more. */
const REFILL_EVERY_MS = 300;

/** Sandboxes that are booted ahead of demand and not assigned yet, so that a cold start need not boot one. */
export class BootedPool implements AsyncDisposable {
  readonly #deps: BootedPoolDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #boots: Semaphore;
  readonly #refill: BackgroundLoop;
  /** Boots that a request waits for. While there are any, nothing is booted ahead. */
  #demanded = 0;

  constructor(deps: BootedPoolDeps) {
    this.#deps = deps;
    this.#boots = new Semaphore(deps.options.maxParallelBoots);
    this.#refill = new BackgroundLoop("booted pool", REFILL_EVERY_MS, (signal) => this.#fill(signal), deps);
  }

  /** How many are ready, by runtime. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { key, ready } of this.#entries.values()) {
      counts.set(key.runtime, (counts.get(key.runtime) ?? 0) + ready.length);
    }
    return counts;
  }

  /** Marks this kind of sandbox as in use: some are then booted in the background. */
  expect(key: PoolKey): void {
    this.#entry(key).usedAtMs = this.#deps.clock.now();
  }

  /** Resolves with a ready sandbox, or boots one. It belongs to the caller. */
  async take(key: PoolKey, signal: AbortSignal): Promise<Sandbox> {
    if (key.image !== undefined) return await this.#boot(key, signal); // there are too many images to boot any ahead
    const entry = this.#entry(key);
    entry.usedAtMs = this.#deps.clock.now();
    for (let ready = entry.ready.pop(); ready; ready = entry.ready.pop()) {
      if (ready.isUp) return ready;
      await ready.stop(0);
    }
    return await this.#boot(key, signal);
  }

  async #boot(key: PoolKey, signal: AbortSignal): Promise<Sandbox> {
    this.#demanded++;
    try {
      using _permit = await this.#boots.acquire(signal);
      return await this.#deps.sandboxes.boot(key, signal);
    } finally {
      this.#demanded--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refill[Symbol.asyncDispose]();
    const ready = [...this.#entries.values()].flatMap((entry) => entry.ready.splice(0));
    await Promise.all(ready.map((sandbox) => sandbox.stop(0)));
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const { options, clock } = this.#deps;
    for (const [name, entry] of this.#entries) {
      if (clock.now() - entry.usedAtMs > options.keyIdleMs) {
        this.#entries.delete(name);
        for (const sandbox of entry.ready.splice(0)) await sandbox.stop(0);
      } else {
        await stopDead(entry.ready);
        await this.#fillEntry(entry, signal);
      }
    }
  }

  async #fillEntry(entry: Entry, signal: AbortSignal): Promise<void> {
    const { options, sandboxes, freeMemoryMb, clock, logger } = this.#deps;
    while (entry.ready.length < options.targetPerKey && this.#demanded === 0 && clock.now() >= entry.notBeforeMs) {
      if (signal.aborted || freeMemoryMb() < options.minFreeMemoryMb) return;
      try {
        using _permit = await this.#boots.acquire(signal);
        entry.ready.push(await sandboxes.boot(entry.key, signal));
      } catch (error) {
        if (signal.aborted) return;
        entry.notBeforeMs = clock.now() + RETRY_AFTER_MS;
        logger.warn({ err: error, runtime: entry.key.runtime }, "a sandbox could not be booted ahead of demand");
      }
    }
  }

  #entry(key: PoolKey): Entry {
    const name = poolKeyString(key);
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = { key, ready: [], usedAtMs: 0, notBeforeMs: 0 };
      this.#entries.set(name, entry);
    }
    return entry;
  }
}

async function stopDead(ready: Sandbox[]): Promise<void> {
  for (const sandbox of ready.filter(({ isUp }) => !isUp)) {
    // It may have been taken out while another was being stopped.
    const at = ready.indexOf(sandbox);
    if (at >= 0) ready.splice(at, 1);
    await sandbox.stop(0);
  }
}
