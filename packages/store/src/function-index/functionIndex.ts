import { BackgroundLoop, type Clock, type Logger, Semaphore } from "@hearth/kit";
import { type AccountRegion, functionVersionKey, ServiceException } from "@hearth/model";
import type { ActivationStore, IndexedFunction, LoadedFunction } from "../functions/activation.ts";
import { CHANGE_CHANNEL, latestChange, readChanges } from "../change-log/changeLog.ts";
import type { Database } from "../postgres/database.ts";
import { isConnectionLoss } from "../postgres/databaseErrors.ts";
import type { FunctionKey } from "../functions/functionRows.ts";
import { versionNumber } from "../functions/functionRecord.ts";
import { IndexMemory, type VersionsInUse } from "./indexMemory.ts";
import { AnotherInvokerRuns, type InvokerLease, LEASE_MS } from "./invokerLease.ts";

export interface FunctionIndexDeps {
  readonly database: Database;
  readonly functions: Pick<ActivationStore, "loadFunction">;
  readonly lease: InvokerLease;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Another invoker has taken over while this process's connection was lost: this process must stop. */
  readonly onSuperseded: (error: AnotherInvokerRuns) => void;
}

/**
 * Called after a function in the index has changed. `currentKeys`: the `functionVersionKey`s of those versions with environments that may still
 * run; empty when the function was deleted.
 */
export type FunctionChangeListener = (fn: FunctionKey, currentKeys: ReadonlySet<string>) => void;

interface Loading {
  readonly promise: Promise<IndexedFunction | undefined>;
  /** The function has changed since the load began: its result must not be kept. */
  stale: boolean;
}

const RENEW_MS = LEASE_MS / 3;
/**
 * While a PostgreSQL on this host hangs, functions are answered from memory for this long after the lease has lapsed, so that warm invocations go on. A
 * function cannot change in the meantime, because its change would need PostgreSQL too. With one on another host, only the network may hang: the lease decides.
 */
const MAX_STALE_MS = 300_000;
const SWEEP_MS = 60_000;
const PARALLEL_RELOADS = 4;

/**
 * Keeps in memory what invocations need to know about functions. Follows the change log, whose numbers are in the order of commits, and
 * acknowledges the changes that it has applied, under a lease. `Active` and `Successful` are written only when every invoker with a live lease has
 * acknowledged.
 *
 * Loads only the versions of a function that are invoked. Invariants: an entry was loaded after the last applied change of its function; `find`
 * answers only while the lease holds; after a lapse it answers again only after the lease is renewed and then all changes are applied; after a lost
 * connection every entry is dropped. The one exception is `load` while a PostgreSQL on this host hangs, see `MAX_STALE_MS`.
 */
export class FunctionIndex implements AsyncDisposable {
  readonly #deps: FunctionIndexDeps;
  readonly #memory: IndexMemory;
  /** By function, then by the versions that are asked for. */
  readonly #loading = new Map<string, Map<string, Loading>>();
  readonly #listeners: FunctionChangeListener[] = [];
  readonly #appliedListeners: ((seq: bigint) => void)[] = [];
  readonly #reloads = new Semaphore(PARALLEL_RELOADS);
  #inUse: VersionsInUse = () => [];
  #applied = 0n;
  #leaseUntilMs = Number.NEGATIVE_INFINITY;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #poolRenewedAtMs = Number.NEGATIVE_INFINITY;
  #mustClear = false;
  #listening: AsyncDisposable | undefined;
  #loop: BackgroundLoop | undefined;
  #sweeping: BackgroundLoop | undefined;
  #reloading: Promise<void> = Promise.resolve();

  constructor(deps: FunctionIndexDeps) {
    this.#deps = deps;
    this.#memory = new IndexMemory((where, FunctionName) => this.#inUse(where, FunctionName), deps.clock);
  }

  /** Takes the lock of the one invoker and starts to follow the change log. Rejects with `AnotherInvokerRuns`. */
  async start(): Promise<void> {
    const { database, lease, clock, onSuperseded } = this.#deps;
    let first = true;
    this.#listening = await database.listen(
      CHANGE_CHANNEL,
      {
        prepare: async (connection) => {
          try {
            await lease.lock(connection, clock);
          } catch (error) {
            if (!first && error instanceof AnotherInvokerRuns) onSuperseded(error);
            throw error;
          }
        },
        onNotify: () => this.#loop?.wake(),
        onConnected: () => {
          first = false;
          this.#loop?.wake();
        },
        onLost: () => {
          this.#mustClear = true;
        },
      },
      lease.applicationName,
    );
    this.#applied = await latestChange(database);
    await this.#follow();
    this.#loop = new BackgroundLoop("function index", RENEW_MS, () => this.#follow(), this.#deps);
    const sweep = (): Promise<void> => Promise.resolve(this.#memory.sweep());
    this.#sweeping = new BackgroundLoop("function index sweep", SWEEP_MS, sweep, this.#deps);
  }

  /** Sets the source of the versions that have environments: those stay in memory, and listeners of changes get the key of each of them. */
  setVersionsInUse(versions: VersionsInUse): void {
    this.#inUse = versions;
  }

  onChange(listener: FunctionChangeListener): void {
    this.#listeners.push(listener);
  }

  /** Calls `listener` with the number of the last change whenever changes were applied and acknowledged. */
  onApplied(listener: (seq: bigint) => void): void {
    this.#appliedListeners.push(listener);
  }

  /** Answers from memory, with the version that `Qualifier` names, or `undefined` when `load` must be asked. */
  find(where: AccountRegion, FunctionName: string, Qualifier?: string): IndexedFunction | undefined {
    if (this.#deps.clock.monotonicMs() >= this.#leaseUntilMs) return undefined;
    return this.#memory.find(where, FunctionName, Qualifier);
  }

  /**
   * Answers from memory or from PostgreSQL, with the version that `Qualifier` names; `undefined` when the function does not exist. While the lease
   * is not valid, every call reads PostgreSQL, or for some minutes the memory where a PostgreSQL on this host hangs. Rejects with ServiceException when it must read PostgreSQL and cannot reach it.
   */
  async load(where: AccountRegion, FunctionName: string, Qualifier?: string): Promise<IndexedFunction | undefined> {
    const known = this.find(where, FunctionName, Qualifier);
    if (known) return known;
    const version = Qualifier !== undefined && versionNumber(Qualifier) ? [Qualifier] : [];
    if (this.#deps.clock.monotonicMs() >= this.#leaseUntilMs)
      return await this.#read(keyOf(where, FunctionName), version).catch((error: unknown) => {
        return this.#whileHanging(where, FunctionName, Qualifier, error);
      });
    if (this.#memory.isAbsent(where, FunctionName)) return undefined;
    return await this.#loadOnce(keyOf(where, FunctionName), version);
  }

  /** What is in memory, although the lease has lapsed, where that is because a PostgreSQL on this host hangs; otherwise throws `error`. */
  #whileHanging(
    where: AccountRegion,
    FunctionName: string,
    Qualifier: string | undefined,
    error: unknown,
  ): IndexedFunction {
    const { database, clock } = this.#deps;
    const known = this.#memory.find(where, FunctionName, Qualifier);
    if (!database.isLocal || !database.hangs || !known || clock.monotonicMs() >= this.#leaseUntilMs + MAX_STALE_MS)
      throw error;
    return known;
  }

  #loadOnce(fn: FunctionKey, versions: readonly string[]): Promise<IndexedFunction | undefined> {
    const key = textOf(fn);
    let ofFunction = this.#loading.get(key);
    if (!ofFunction) this.#loading.set(key, (ofFunction = new Map()));
    const asked = versions.join();
    let loading = ofFunction.get(asked);
    if (!loading) {
      const promise = this.#read(fn, versions).then((found) => {
        this.#end(key, asked, started);
        if (!started.stale) this.#memory.keep(fn, fn.FunctionName, found, versions);
        // Return the result of the read: the memory may have dropped some of these versions before the callers look.
        return found;
      });
      const started: Loading = { promise, stale: false };
      loading = started;
      ofFunction.set(asked, loading);
      promise.catch(() => this.#end(key, asked, started)); // the callers of `load` get the error
    }
    return loading.promise;
  }

  #end(key: string, asked: string, loading: Loading): void {
    const ofFunction = this.#loading.get(key);
    if (ofFunction?.get(asked) !== loading) return;
    ofFunction.delete(asked);
    if (ofFunction.size === 0) this.#loading.delete(key);
  }

  async #read(fn: FunctionKey, versions: readonly string[]): Promise<LoadedFunction | undefined> {
    try {
      return await this.#deps.functions.loadFunction(fn, versions);
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      this.#deps.logger.warn({ err: error, ...fn }, "a function's configuration cannot be read");
      throw new ServiceException("The function's configuration cannot be read at the moment.");
    }
  }

  /** Renews the lease when due, applies the changes committed since, and acknowledges them. The invariants depend on the order of these steps. */
  async #follow(): Promise<void> {
    const { database, lease, clock, logger } = this.#deps;
    const began = clock.monotonicMs();
    const renew = began >= this.#renewedAtMs + RENEW_MS - 1 || began >= this.#leaseUntilMs;
    if (began >= this.#poolRenewedAtMs + RENEW_MS - 1) {
      await this.#renewPool();
      this.#poolRenewedAtMs = began;
    }
    if (renew) await lease.renew(this.#applied);
    const clear = this.#mustClear;
    this.#mustClear = false;
    const { latest, changes } = await readChanges(database, this.#applied, ["function"]).catch((error: unknown) => {
      this.#mustClear ||= clear;
      throw error;
    });
    const dropped: FunctionKey[] = [];
    if (clear || !changes) {
      logger.info({ latest: String(latest) }, "function index: cleared");
      for (const fn of this.#dropAll()) dropped.push(fn);
    } else {
      for (const change of changes) {
        const fn = keyOf(change, change.name);
        if (this.#drop(fn)) dropped.push(fn);
      }
    }
    const moved = latest !== this.#applied;
    this.#applied = latest;
    if (renew) {
      this.#renewedAtMs = began;
      this.#leaseUntilMs = began + LEASE_MS;
    }
    if (moved) {
      // Counts from before the statement is sent, so that this process never considers the lease valid for longer than PostgreSQL does.
      const acknowledgedAt = clock.monotonicMs();
      await lease.renew(latest);
      this.#renewedAtMs = acknowledgedAt;
      this.#leaseUntilMs = acknowledgedAt + LEASE_MS;
      for (const listener of this.#appliedListeners) listener(latest);
    }
    this.#reloading = Promise.all([this.#reloading, ...dropped.map((fn) => this.#reload(fn))]).then(() => undefined);
  }

  /** Called when another invoker has taken the pool: stops answering from memory, makes the process stop, and rejects. */
  async #renewPool(): Promise<void> {
    try {
      await this.#deps.lease.renewPool();
    } catch (error) {
      if (error instanceof AnotherInvokerRuns) {
        this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
        this.#deps.onSuperseded(error);
      }
      throw error;
    }
  }

  /** True when the function was in use. */
  #drop(fn: FunctionKey): boolean {
    const key = textOf(fn);
    const loading = this.#loading.get(key);
    for (const one of loading?.values() ?? []) one.stale = true;
    this.#loading.delete(key);
    return this.#memory.drop(fn, fn.FunctionName) || loading !== undefined;
  }

  #dropAll(): readonly FunctionKey[] {
    for (const ofFunction of this.#loading.values()) for (const one of ofFunction.values()) one.stale = true;
    this.#loading.clear();
    return this.#memory.clear();
  }

  /** Loads a function that was in use again and calls the listeners of changes. Never rejects. */
  async #reload({ accountId, region, FunctionName }: FunctionKey): Promise<void> {
    const fn = { accountId, region, FunctionName };
    using _slot = await this.#reloads.acquire();
    try {
      const current = await this.#withAllInUse(fn);
      const keys = new Set(current ? [...current.versions.values()].map(functionVersionKey) : []);
      for (const listener of this.#listeners) listener(fn, keys);
    } catch (error) {
      this.#deps.logger.warn(
        { err: error, ...fn },
        "function index: could not load a changed function; its next invocation loads it",
      );
    }
  }

  /**
   * The function as it is in memory, with every version that has environments, including versions that got environments during the read (from a
   * load that began before the change). Reads again when another change arrives in the meantime. `undefined` when the function does not exist.
   */
  async #withAllInUse(fn: FunctionKey): Promise<IndexedFunction | undefined> {
    for (;;) {
      const current = this.#memory.find(fn, fn.FunctionName, undefined);
      const missing = [...new Set(this.#inUse(fn, fn.FunctionName))].filter(
        (version) => versionNumber(version) && !this.#memory.find(fn, fn.FunctionName, version),
      );
      if (current ? missing.length === 0 : this.#memory.isAbsent(fn, fn.FunctionName)) return current;
      await this.#loadOnce(fn, missing);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    await this.#loop?.[Symbol.asyncDispose]();
    await this.#sweeping?.[Symbol.asyncDispose]();
    await this.#reloading;
    await this.#deps.lease
      .release()
      .catch((error: unknown) =>
        this.#deps.logger.warn({ err: error }, "the invoker's lease could not be given up; it lapses by itself"),
      );
    await this.#listening?.[Symbol.asyncDispose]();
  }
}

function keyOf({ accountId, region }: AccountRegion, FunctionName: string): FunctionKey {
  return { accountId, region, FunctionName };
}

function textOf({ accountId, region, FunctionName }: FunctionKey): string {
  return `${accountId}:${region}:${FunctionName}`;
}
