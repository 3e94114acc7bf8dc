import type { Clock } from "@hearth/kit";
import { type ThrottleReason, TooManyRequestsException } from "@hearth/model";
import type { FunctionKey, IndexedFunction } from "@hearth/store";
import type { ConcurrencyLimits } from "./concurrencyLimits.ts";
import { Counter, Lease } from "./lease.ts";

interface Account {
  /** By region and name. */
  readonly functions: Map<string, Map<string, Slots>>;
  /** Running in functions without reserved concurrency. */
  readonly unreserved: Counter;
}

class Slots extends Counter {
  /** Running in slots that provisioned concurrency holds, by version. */
  readonly provisioned = new Map<string, Counter>();
}

/** Why there is no slot: the counter that has reached its limit, and what AWS calls it. */
interface Refusal {
  readonly full: Counter;
  readonly reason: ThrottleReason;
}

/** A function's counts, for metrics. */
export interface FunctionConcurrency extends FunctionKey {
  readonly running: number;
}

export interface AdmissionDeps {
  readonly limits: Pick<ConcurrencyLimits, "unreserved" | "reserved">;
  readonly clock: Clock;
}

/** How long an invocation waits for the slot of one that has its answer already and is over in a moment. */
const FINISHING_GRACE_MS = 100;

/**
 * Counts concurrent executions in the memory of the invoker that holds the pools, and refuses what exceeds the limits. A function with reserved concurrency
 * has that limit to itself; the other functions share the rest of the account's limit. Provisioned concurrency holds slots for one version within these limits;
 * executions beyond them are on demand. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #accounts = new Map<string, Account>();

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  /**
   * Takes a slot for an invocation of `Version`; disposal releases it. An execution holds its slot until its runtime asks for the next event, which
   * is a moment after its caller has the answer: where that moment is all that stands in the way, this waits for it, and resolves. Otherwise
   * throws or rejects with TooManyRequestsException, or with the signal's reason.
   */
  lease(fn: IndexedFunction, Version: string, signal: AbortSignal): Lease | Promise<Lease> {
    const taken = this.#take(fn, Version);
    if (taken instanceof Lease) return taken;
    if (!taken.full.mayWait) throw refused(taken);
    return this.#wait(taken, fn, Version, signal);
  }

  /** Drops the counts of a deleted function. */
  forget({ accountId, region, FunctionName }: FunctionKey): void {
    const functions = this.#accounts.get(accountId)?.functions.get(region);
    if (functions?.get(FunctionName)?.running === 0) functions.delete(FunctionName);
  }

  counts(): readonly FunctionConcurrency[] {
    return [...this.#accounts].flatMap(([accountId, { functions }]) =>
      [...functions].flatMap(([region, slots]) =>
        [...slots].map(([FunctionName, { running }]) => ({ accountId, region, FunctionName, running })),
      ),
    );
  }

  #take(fn: IndexedFunction, Version: string): Lease | Refusal {
    const { limits } = this.#deps;
    const account = this.#account(fn.accountId);
    let inRegion = account.functions.get(fn.region);
    if (!inRegion) account.functions.set(fn.region, (inRegion = new Map()));
    let slots = inRegion.get(fn.FunctionName);
    if (!slots) inRegion.set(fn.FunctionName, (slots = new Slots()));
    let onDemand = slots.running;
    let held = 0;
    if (fn.provisioned) {
      const own = counterOf(slots.provisioned, Version);
      if (own.running < (fn.provisioned.get(Version) ?? 0)) return new Lease(slots, own);
      for (const { running } of slots.provisioned.values()) onDemand -= running;
      for (const count of fn.provisioned.values()) held += count;
    }
    const reserved = limits.reserved(fn);
    if (reserved !== undefined) {
      if (onDemand < reserved - held) return new Lease(slots, undefined);
      return { full: slots, reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
    }
    if (account.unreserved.running < limits.unreserved(fn.accountId)) return new Lease(slots, account.unreserved);
    return { full: account.unreserved, reason: "ConcurrentInvocationLimitExceeded" };
  }

  #wait(refusal: Refusal, fn: IndexedFunction, Version: string, signal: AbortSignal): Promise<Lease> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const end = (): void => {
      stopWaiting();
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const stopWaiting = refusal.full.wait(() => {
      const taken = this.#take(fn, Version);
      if (!(taken instanceof Lease)) return false;
      end();
      resolve(taken);
      return true;
    });
    const timer = this.#deps.clock.after(FINISHING_GRACE_MS, () => {
      end();
      reject(refused(refusal));
    });
    signal.addEventListener("abort", onAbort, { once: true });
    return promise;
  }

  #account(accountId: string): Account {
    let account = this.#accounts.get(accountId);
    if (!account) this.#accounts.set(accountId, (account = { functions: new Map(), unreserved: new Counter() }));
    return account;
  }
}

function refused({ reason }: Refusal): TooManyRequestsException {
  return new TooManyRequestsException(reason);
}

function counterOf(counters: Map<string, Counter>, Version: string): Counter {
  let counter = counters.get(Version);
  if (!counter) counters.set(Version, (counter = new Counter()));
  return counter;
}
