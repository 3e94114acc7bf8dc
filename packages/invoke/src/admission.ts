import { TooManyRequestsException } from "@hearth/model";
import type { FunctionKey, IndexedFunction } from "@hearth/store";

export interface AdmissionOptions {
  /** Concurrent executions of one account: all its functions, in all regions, together. */
  readonly accountLimit: number;
}

interface Account {
  /** By region and name. */
  readonly functions: Map<string, Map<string, Slots>>;
  /** Running in functions without reserved concurrency. */
  readonly unreserved: Counter;
}

interface Counter {
  running: number;
}

interface Slots extends Counter {
  throttled: number;
  /** Running in places that provisioned concurrency holds, by version. */
  readonly provisioned: Map<string, Counter>;
}

/** A function's counts, for metrics. */
export interface FunctionConcurrency extends FunctionKey {
  readonly running: number;
  /** Refused so far. */
  readonly throttled: number;
}

/**
 * Counts what runs, in memory, and refuses what is too much. A function with reserved concurrency has that much and no more; the others share
 * what is left of the account's limit. Provisioned concurrency holds places for one version within that; what goes beyond them is on demand.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class Admission {
  readonly #accountLimit: number;
  readonly #accounts = new Map<string, Account>();
  #reservedTotals: ReadonlyMap<string, number> = new Map();

  constructor({ accountLimit }: AdmissionOptions) {
    this.#accountLimit = accountLimit;
  }

  /** The sum of what all functions of each account have to themselves, also of those that nobody invokes. */
  setReservedTotals(totals: ReadonlyMap<string, number>): void {
    this.#reservedTotals = totals;
  }

  /** Takes a place for an invocation of `Version`, given back by disposal. Throws TooManyRequestsException. */
  lease(fn: IndexedFunction, Version: string): Disposable {
    const account = this.#account(fn.accountId);
    let inRegion = account.functions.get(fn.region);
    if (!inRegion) account.functions.set(fn.region, (inRegion = new Map()));
    let slots = inRegion.get(fn.FunctionName);
    if (!slots) inRegion.set(fn.FunctionName, (slots = { running: 0, throttled: 0, provisioned: new Map() }));
    let onDemand = slots.running;
    let held = 0;
    if (fn.provisioned) {
      const own = counterOf(slots.provisioned, Version);
      if (own.running < (fn.provisioned.get(Version) ?? 0)) return new Lease(slots, own);
      for (const { running } of slots.provisioned.values()) onDemand -= running;
      for (const places of fn.provisioned.values()) held += places;
    }
    const reserved = fn.ReservedConcurrentExecutions;
    if (reserved !== undefined) {
      if (onDemand < reserved - held) return new Lease(slots, undefined);
      slots.throttled++;
      throw new TooManyRequestsException("ReservedFunctionConcurrentInvocationLimitExceeded");
    }
    if (account.unreserved.running < this.#accountLimit - (this.#reservedTotals.get(fn.accountId) ?? 0))
      return new Lease(slots, account.unreserved);
    slots.throttled++;
    throw new TooManyRequestsException("ConcurrentInvocationLimitExceeded");
  }

  /** Drops the counts of a function that is gone. */
  forget({ accountId, region, FunctionName }: FunctionKey): void {
    const functions = this.#accounts.get(accountId)?.functions.get(region);
    if (functions?.get(FunctionName)?.running === 0) functions.delete(FunctionName);
  }

  counts(): readonly FunctionConcurrency[] {
    return [...this.#accounts].flatMap(([accountId, { functions }]) =>
      [...functions].flatMap(([region, slots]) =>
        [...slots].map(([FunctionName, { running, throttled }]) => ({
          accountId,
          region,
          FunctionName,
          running,
          throttled,
        })),
      ),
    );
  }

  #account(accountId: string): Account {
    let account = this.#accounts.get(accountId);
    if (!account) this.#accounts.set(accountId, (account = { functions: new Map(), unreserved: { running: 0 } }));
    return account;
  }
}

function counterOf(counters: Map<string, Counter>, Version: string): Counter {
  let counter = counters.get(Version);
  if (!counter) counters.set(Version, (counter = { running: 0 }));
  return counter;
}

/** Remembers which counts it is in: a reservation may come or go while it is held. */
class Lease implements Disposable {
  #own: Counter | undefined;
  readonly #shared: Counter | undefined;

  constructor(own: Counter, shared: Counter | undefined) {
    own.running++;
    if (shared) shared.running++;
    this.#own = own;
    this.#shared = shared;
  }

  [Symbol.dispose](): void {
    if (!this.#own) return;
    this.#own.running--;
    this.#own = undefined;
    if (this.#shared) this.#shared.running--;
  }
}
