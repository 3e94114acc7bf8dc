import { type PoolKey, poolKeyString } from "@hearth/drivers";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { CreatedSandboxes } from "./createdSandboxes.ts";
import type { KindsInUse } from "./kindsInUse.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Sandboxes } from "./sandboxes.ts";
import type { StartQueue } from "./startQueue.ts";

export interface BootedPoolOptions {
  /** Booted sandboxes kept ready for each key in use. */
  readonly targetPerKey: number;
  /** Booted sandboxes kept ready for all keys together. */
  readonly limit: number;
  /** Sandboxes that are made but not started, for all keys together. */
  readonly createdLimit: number;
  /** Below this much free memory nothing is booted ahead of demand, and what was booted is given back. */
  readonly minFreeMemoryMb: number;
  /** A key is no longer in use when no sandbox has been taken for this long. */
  readonly keyIdleMs: number;
}

export interface BootedPoolDeps {
  readonly sandboxes: Pick<Sandboxes, "boot" | "create">;
  readonly starts: Pick<StartQueue, "enterAhead">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly freeMemoryMb: () => number;
  /** Where the kinds in use outlive this process. */
  readonly kinds?: Pick<KindsInUse, "read" | "write">;
  readonly options: BootedPoolOptions;
}

interface Entry {
  readonly key: PoolKey;
  readonly ready: Sandbox[];
  /** When a start took, or would have taken, one of these; when one was last expected to. */
  usedAtMs: number;
  /** Starts have asked for this key. Otherwise it is only expected, because a function was created or configured. */
  isDemanded: boolean;
  /** After a failed boot, booting ahead of demand pauses until this time. */
  notBeforeMs: number;
}

const RETRY_AFTER_MS = 10_000;
/** Keys for which nothing but a configuration speaks: so many are kept, with one sandbox each, for so long. */
const MAX_EXPECTED_KEYS = 2;
const EXPECTED_MS = 5 * 60_000;
/** Between boots for such keys: a stream of updates does not keep the processors busy. */
const EXPECTED_BOOT_EVERY_MS = 5_000;

/** So many kinds, those used last, are booted again after a restart. */
const MAX_RESUMED_KINDS = 4;

/** Refilling waits a little: the function that has just taken a sandbox needs the processors more. */
const REFILL_EVERY_MS = 300;

/**
 * Sandboxes that are booted ahead of demand and not assigned yet, so that a cold start need not boot one. The keys that were taken most recently get
 * them, up to one limit for all keys; keys that are only expected come last. While memory is short they are given back. Where none is ready, one that is at least
 * made already is booted.
 */
export class BootedPool implements AsyncDisposable {
  readonly #deps: BootedPoolDeps;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #refill: BackgroundLoop;
  readonly #created: CreatedSandboxes;
  readonly #resumed: Promise<void>;
  #expectedBootMs = Number.NEGATIVE_INFINITY;
  /** What the file of kinds says. */
  #written = "";
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: BootedPoolDeps) {
    this.#deps = deps;
    this.#created = new CreatedSandboxes({ ...deps, limit: deps.options.createdLimit });
    const resumed = Promise.withResolvers<void>();
    this.#resumed = resumed.promise;
    let isFirst = true;
    const step = async (signal: AbortSignal): Promise<void> => {
      if (!isFirst) return await this.#fill(signal);
      isFirst = false;
      await this.#resume(signal).finally(resumed.resolve);
    };
    this.#refill = new BackgroundLoop("booted pool", REFILL_EVERY_MS, step, deps);
  }

  /** Resolves when a sandbox of each of the kinds that were last in use before a restart has been booted, or could not be. */
  resumed(): Promise<void> {
    return this.#resumed;
  }

  /** How many are ready, by runtime. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { key, ready } of this.#entries.values()) {
      counts.set(key.runtime, (counts.get(key.runtime) ?? 0) + ready.length);
    }
    return counts;
  }

  /** How many are made and not started. */
  get created(): number {
    return this.#created.size;
  }

  /** Announces that this kind of sandbox will probably be used: one is then booted in the background, if there is room. */
  expect(key: PoolKey): void {
    this.#use(key, false);
    const expected = [...this.#entries].filter(([, { isDemanded }]) => !isDemanded);
    for (const [name, { ready }] of expected.slice(0, -MAX_EXPECTED_KEYS)) {
      this.#entries.delete(name);
      for (const sandbox of ready.splice(0)) void sandbox.stop(0);
    }
  }

  /** Resolves with a ready sandbox, or boots one. It belongs to the caller. */
  async take(key: PoolKey, signal: AbortSignal): Promise<Sandbox> {
    const { sandboxes } = this.#deps;
    if (key.image !== undefined) return await sandboxes.boot(key, signal, true); // there are too many images to boot any ahead
    const entry = this.#use(key, true);
    this.#remember();
    for (let ready = entry.ready.pop(); ready; ready = entry.ready.pop()) {
      if (ready.isUp) return ready;
      await ready.stop(0);
    }
    return (await this.#bootCreated(key, signal)) ?? (await sandboxes.boot(key, signal, true));
  }

  /** Stops one sandbox, of the key that was not used for longest. Undefined when there is none; else resolves when it is gone. */
  stopOldest(): Promise<void> | undefined {
    const byUse = [...this.#entries.values()].toSorted(
      (one, other) => Number(one.isDemanded) - Number(other.isDemanded),
    );
    return byUse
      .find(({ ready }) => ready.length > 0)
      ?.ready.shift()
      ?.stop(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refill[Symbol.asyncDispose]();
    await this.#writing;
    const ready = [...this.#entries.values()].flatMap((entry) => entry.ready.splice(0));
    await Promise.all(ready.map((sandbox) => sandbox.stop(0)));
    await this.#created[Symbol.asyncDispose]();
  }

  /** Boots one that is made already. Undefined where there is none, or where it could not be started. */
  async #bootCreated(key: PoolKey, signal: AbortSignal): Promise<Sandbox | undefined> {
    const sandbox = this.#created.take(key);
    if (!sandbox) return undefined;
    try {
      await sandbox.boot(signal, true);
      return sandbox;
    } catch (error) {
      await sandbox.stop(0);
      if (signal.aborted) throw error;
      const { logger } = this.#deps;
      logger.warn({ err: error, runtime: key.runtime }, "a sandbox that was made ahead did not start; another is made");
      return undefined;
    }
  }

  /** Makes sandboxes of the kinds that starts have asked for, while none of them waits or boots. */
  async #create(signal: AbortSignal): Promise<void> {
    using permit = this.#deps.starts.enterAhead();
    if (!permit) return;
    await this.#created.fill([...this.#entries.values()].filter(({ isDemanded }) => isDemanded).toReversed(), signal);
  }

  async #resume(signal: AbortSignal): Promise<void> {
    const { kinds, options } = this.#deps;
    if (!kinds) return;
    const keys = (await kinds.read()).slice(0, Math.min(MAX_RESUMED_KINDS, options.limit));
    // The one used last is entered last: that is the order of entries.
    for (const key of keys.toReversed()) this.#use(key, true);
    for (const key of keys) {
      const entry = this.#entries.get(poolKeyString(key));
      if (entry) await this.#fillEntry(entry, Math.min(1, options.targetPerKey), signal);
    }
  }

  /** Writes down the kinds in use when they have changed: before the first boot of a kind, which a crash may cut short. */
  #remember(): void {
    const { kinds, logger } = this.#deps;
    const demanded = [...this.#entries.values()].filter(({ isDemanded }) => isDemanded).map(({ key }) => key);
    const latest = demanded.toReversed().slice(0, MAX_RESUMED_KINDS);
    const written = latest.map(poolKeyString).join("\n");
    if (!kinds || written === this.#written) return;
    this.#written = written;
    this.#writing = this.#writing
      .then(() => kinds.write(latest))
      .catch((error: unknown) =>
        logger.warn({ err: error }, "the kinds of sandboxes in use could not be written down"),
      );
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const { options, freeMemoryMb } = this.#deps;
    await this.#forgetUnused();
    this.#remember();
    await this.#create(signal);
    if (freeMemoryMb() < options.minFreeMemoryMb) {
      await this.stopOldest();
      return;
    }
    let left = options.limit;
    const demandedFirst = [...this.#entries.values()]
      .toReversed()
      .toSorted((one, other) => Number(other.isDemanded) - Number(one.isDemanded));
    for (const entry of demandedFirst) {
      const target = Math.min(left, entry.isDemanded ? options.targetPerKey : Math.min(options.targetPerKey, 1));
      left -= target;
      await stopDead(entry.ready);
      for (const sandbox of entry.ready.splice(0, Math.max(0, entry.ready.length - target))) await sandbox.stop(0);
      await this.#fillEntry(entry, target, signal);
    }
  }

  async #forgetUnused(): Promise<void> {
    const now = this.#deps.clock.monotonicMs();
    for (const [name, { ready, usedAtMs, isDemanded }] of this.#entries) {
      if (now - usedAtMs <= (isDemanded ? this.#deps.options.keyIdleMs : EXPECTED_MS)) continue;
      this.#entries.delete(name);
      for (const sandbox of ready.splice(0)) await sandbox.stop(0);
    }
  }

  async #fillEntry(entry: Entry, target: number, signal: AbortSignal): Promise<void> {
    const { options, sandboxes, starts, freeMemoryMb, clock, logger } = this.#deps;
    while (entry.ready.length < target && clock.monotonicMs() >= entry.notBeforeMs) {
      if (signal.aborted || freeMemoryMb() < options.minFreeMemoryMb) return;
      if (!entry.isDemanded && clock.monotonicMs() < this.#expectedBootMs + EXPECTED_BOOT_EVERY_MS) return;
      using permit = starts.enterAhead();
      if (!permit) return;
      if (!entry.isDemanded) this.#expectedBootMs = clock.monotonicMs();
      try {
        const sandbox = await sandboxes.boot(entry.key, signal);
        // The key may have been forgotten meanwhile.
        if (this.#entries.get(poolKeyString(entry.key)) === entry) entry.ready.push(sandbox);
        else await sandbox.stop(0);
      } catch (error) {
        if (signal.aborted) return;
        entry.notBeforeMs = clock.monotonicMs() + RETRY_AFTER_MS;
        logger.warn({ err: error, runtime: entry.key.runtime }, "a sandbox could not be booted ahead of demand");
      }
    }
  }

  #use(key: PoolKey, isDemanded: boolean): Entry {
    const name = poolKeyString(key);
    const entry = this.#entries.get(name) ?? { key, ready: [], usedAtMs: 0, isDemanded, notBeforeMs: 0 };
    // An expectation prolongs nothing that starts have asked for, and takes no place of it.
    if (!isDemanded && entry.isDemanded) return entry;
    entry.isDemanded = isDemanded;
    entry.usedAtMs = this.#deps.clock.monotonicMs();
    this.#entries.delete(name);
    this.#entries.set(name, entry);
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
