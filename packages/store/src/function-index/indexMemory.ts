import type { Clock } from "@hearth/kit";
import type { AccountRegion, FunctionVersion } from "@hearth/model";
import type { IndexedFunction, LoadedFunction } from "../functions/activation.ts";
import type { FunctionKey } from "../functions/functionRows.ts";
import { versionNumber } from "../functions/functionRecord.ts";

interface Entry extends IndexedFunction {
  readonly serial: number;
  readonly lastVersion: number;
  readonly versions: Map<string, FunctionVersion>;
  readonly notActive: Map<string, "Pending" | "Inactive" | "Failed">;
  /** Versions that were loaded on demand, and whether the last sweep found each without environments. */
  readonly onDemand: Map<string, boolean>;
}

/** Limit of cached misses (functions and versions). */
const MAX_ABSENT = 10_000;
/** Limit of versions that were loaded on demand, all functions together; exceeded only when more of them have environments. */
const MAX_ON_DEMAND = 10_000;
/**
 * How long a missing function stays cached as missing. The time is short because the function may be created, and invoked, before its change
 * arrives.
 */
const ABSENT_MS = 1_000;

/** The versions of a function that have environments. */
export type VersionsInUse = (where: AccountRegion, FunctionName: string) => Iterable<string>;

export interface IndexMemoryLimits {
  readonly absent: number;
  readonly onDemand: number;
}

/**
 * The memory of the function index. For each function it keeps `$LATEST`, the versions behind aliases and the provisioned versions. It keeps other
 * versions once requested, until two sweeps have found them without environments, and the latest misses. Its size is bounded, for any number of
 * versions.
 */
export class IndexMemory {
  /** By account, region and name. */
  readonly #accounts = new Map<string, Map<string, Map<string, Entry>>>();
  /** Misses with their expiry times: functions by name, versions by the serial number of their entry. The newest is at the end. */
  readonly #absent = new Map<string, number>();
  readonly #inUse: VersionsInUse;
  readonly #clock: Clock;
  readonly #limits: IndexMemoryLimits;
  #serial = 0;
  #onDemand = 0;
  #sweepAbove: number;

  constructor(
    inUse: VersionsInUse,
    clock: Clock,
    limits: IndexMemoryLimits = { absent: MAX_ABSENT, onDemand: MAX_ON_DEMAND },
  ) {
    this.#inUse = inUse;
    this.#clock = clock;
    this.#limits = limits;
    this.#sweepAbove = limits.onDemand;
  }

  /** `undefined` when the function, or the version that `Qualifier` names, must be read first. */
  find(where: AccountRegion, FunctionName: string, Qualifier: string | undefined): IndexedFunction | undefined {
    const entry = this.#accounts.get(where.accountId)?.get(where.region)?.get(FunctionName);
    return entry && (Qualifier === undefined || this.#knows(entry, Qualifier)) ? entry : undefined;
  }

  /** True when a read within the last second found no such function. */
  isAbsent(where: AccountRegion, FunctionName: string): boolean {
    const until = this.#absent.get(absentKey(where, FunctionName));
    return until !== undefined && this.#clock.monotonicMs() < until;
  }

  /** Stores the result of a read with `versions` that began after the function was last dropped. */
  keep(
    where: AccountRegion,
    FunctionName: string,
    found: LoadedFunction | undefined,
    versions: readonly string[],
  ): void {
    if (!found) return this.#rememberAbsent(absentKey(where, FunctionName), this.#clock.monotonicMs() + ABSENT_MS);
    const entry = this.#accounts.get(where.accountId)?.get(where.region)?.get(FunctionName) ?? this.#add(found);
    for (const version of versions) this.#take(entry, found, version);
    if (this.#onDemand > this.#sweepAbove) {
      this.#sweep((one) => [...this.#inUse(one, one.FunctionName), ...(one === entry ? versions : [])], true);
      this.#sweepAbove = Math.max(this.#limits.onDemand, 2 * this.#onDemand);
    }
  }

  /** True when the function was in memory. */
  drop(where: AccountRegion, FunctionName: string): boolean {
    this.#absent.delete(absentKey(where, FunctionName));
    const entries = this.#accounts.get(where.accountId)?.get(where.region);
    const entry = entries?.get(FunctionName);
    if (!entry) return false;
    this.#onDemand -= entry.onDemand.size;
    return entries?.delete(FunctionName) ?? false;
  }

  /** Drops everything, and returns the functions that were in memory. */
  clear(): readonly FunctionKey[] {
    const all = [...this.#entries()];
    this.#accounts.clear();
    this.#absent.clear();
    this.#onDemand = 0;
    return all;
  }

  /** Drops versions loaded on demand that have no environments and had none at the last sweep. */
  sweep(): void {
    this.#sweep((entry) => this.#inUse(entry, entry.FunctionName), false);
    this.#sweepAbove = this.#limits.onDemand;
  }

  #sweep(usedOf: (entry: Entry) => Iterable<string>, atOnce: boolean): void {
    for (const entry of this.#entries()) {
      if (entry.onDemand.size === 0) continue;
      const used = new Set(usedOf(entry));
      for (const [version, wasUnused] of entry.onDemand) {
        if (used.has(version)) entry.onDemand.set(version, false);
        else if (wasUnused || atOnce) this.#dropVersion(entry, version);
        else entry.onDemand.set(version, true);
      }
    }
  }

  #knows(entry: Entry, Qualifier: string): boolean {
    if (entry.versions.has(Qualifier) || entry.aliases.has(Qualifier) || entry.notActive.has(Qualifier)) return true;
    const number = versionNumber(Qualifier);
    return (
      number === undefined || number > entry.lastVersion || this.#absent.has(`${String(entry.serial)} ${Qualifier}`)
    );
  }

  #add(found: LoadedFunction): Entry {
    const entry: Entry = {
      ...found,
      serial: ++this.#serial,
      versions: new Map(found.versions),
      notActive: new Map(found.notActive),
      onDemand: new Map(),
    };
    let regions = this.#accounts.get(found.accountId);
    if (!regions) this.#accounts.set(found.accountId, (regions = new Map()));
    let entries = regions.get(found.region);
    if (!entries) regions.set(found.region, (entries = new Map()));
    entries.set(found.FunctionName, entry);
    this.#absent.delete(absentKey(found, found.FunctionName));
    return entry;
  }

  #take(entry: Entry, found: LoadedFunction, version: string): void {
    if (isPinned(entry, version) && (entry.versions.has(version) || entry.notActive.has(version))) return;
    const snapshot = found.versions.get(version);
    const state = found.notActive.get(version);
    if (snapshot) entry.versions.set(version, snapshot);
    else if (state) entry.notActive.set(version, state);
    else return this.#rememberAbsent(`${String(entry.serial)} ${version}`, Number.POSITIVE_INFINITY);
    if (!entry.onDemand.has(version)) this.#onDemand++;
    entry.onDemand.set(version, false);
  }

  #dropVersion(entry: Entry, version: string): void {
    entry.versions.delete(version);
    entry.notActive.delete(version);
    entry.onDemand.delete(version);
    this.#onDemand--;
  }

  #rememberAbsent(key: string, untilMs: number): void {
    this.#absent.delete(key);
    this.#absent.set(key, untilMs);
    const [oldest] = this.#absent.keys();
    if (oldest !== undefined && this.#absent.size > this.#limits.absent) this.#absent.delete(oldest);
  }

  *#entries(): Iterable<Entry> {
    for (const regions of this.#accounts.values()) for (const entries of regions.values()) yield* entries.values();
  }
}

function absentKey({ accountId, region }: AccountRegion, FunctionName: string): string {
  return `${accountId}:${region}:${FunctionName}`;
}

/** True for versions that stay in memory as long as their function does. */
function isPinned({ aliases, provisioned }: IndexedFunction, version: string): boolean {
  if (version === "$LATEST" || provisioned?.has(version)) return true;
  for (const { FunctionVersion, AdditionalVersionWeights } of aliases.values())
    if (FunctionVersion === version || version in AdditionalVersionWeights) return true;
  return false;
}
