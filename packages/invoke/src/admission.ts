import { TooManyRequestsException } from "@hearth/model";
import type { FunctionKey, IndexedFunction } from "@hearth/store";
import type { ConcurrencyLimits } from "./concurrencyLimits.ts";

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
  /** Running in slots that provisioned concurrency holds, by version. */
  readonly provisioned: Map<string, Counter>;
}

/** A function's counts, for metrics. */
export interface FunctionConcurrency extends FunctionKey {
  readonly running: number;
  /** Invocations refused so far. */
  readonly throttled: number;
}

/**
 * Counts concurrent executions in the memory of the invoker that holds the pools, and refuses what exceeds the limits. A function with reserved concurrency
 * has that limit to itself; the other functions share the rest of the account's limit. Provisioned concurrency holds slots for one version within these limits;
 * executions beyond them are on demand. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class Admission {
  readonly #limits: Pick<ConcurrencyLimits, "unreserved" | "reserved">;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: Pick<ConcurrencyLimits, "unreserved" | "reserved">) {
    this.#limits = limits;
  }

  /** Takes a slot for an invocation of `Version`; disposal releases it. Throws TooManyRequestsException. */
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
      for (const count of fn.provisioned.values()) held += count;
    }
    const reserved = this.#limits.reserved(fn);
    if (reserved !== undefined) {
      if (onDemand < reserved - held) return new Lease(slots, undefined);
      slots.throttled++;
      throw new TooManyRequestsException("ReservedFunctionConcurrentInvocationLimitExceeded");
    }
    if (account.unreserved.running < this.#limits.unreserved(fn.accountId)) return new Lease(slots, account.unreserved);
    slots.throttled++;
    throw new TooManyRequestsException("ConcurrentInvocationLimitExceeded");
  }

  /** Drops the counts of a deleted function. */
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

/** Holds the counters that it has incremented: a reservation may be set or removed while the invocation runs. */
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
