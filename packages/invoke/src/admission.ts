import { TooManyRequestsException } from "@hearth/model";
import type { IndexedFunction } from "@hearth/store";

export interface AdmissionOptions {
  /** Concurrent executions of one account, all its functions together. */
  readonly accountLimit: number;
}

interface Account {
  readonly functions: Map<string, Slots>;
  /** Running in functions without reserved concurrency. */
  readonly unreserved: Counter;
}

interface Counter {
  running: number;
}

interface Slots extends Counter {
  throttled: number;
}

/** A function's counts, for metrics. */
export interface FunctionConcurrency {
  readonly accountId: string;
  readonly FunctionName: string;
  readonly running: number;
  /** Refused so far. */
  readonly throttled: number;
}

/**
 * Counts what runs, in memory, and refuses what is too much. A function with reserved concurrency has that much and no more; the others share
 * what is left of the account's limit. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class Admission {
  readonly #accountLimit: number;
  readonly #accounts = new Map<string, Account>();
  #reservedTotals: ReadonlyMap<string, number> = new Map();

  constructor({ accountLimit }: AdmissionOptions) {
    this.#accountLimit = accountLimit;
  }

  /** The sum of what all functions of each account reserve, also of those that nobody invokes. */
  setReservedTotals(totals: ReadonlyMap<string, number>): void {
    this.#reservedTotals = totals;
  }

  /** Takes a place, given back by disposal. Throws TooManyRequestsException. */
  lease(fn: IndexedFunction): Disposable {
    const account = this.#account(fn.accountId);
    let slots = account.functions.get(fn.FunctionName);
    if (!slots) account.functions.set(fn.FunctionName, (slots = { running: 0, throttled: 0 }));
    const reserved = fn.ReservedConcurrentExecutions;
    if (reserved !== undefined) {
      if (slots.running < reserved) return new Lease(slots, undefined);
      slots.throttled++;
      throw new TooManyRequestsException("ReservedFunctionConcurrentInvocationLimitExceeded");
    }
    if (account.unreserved.running < this.#accountLimit - (this.#reservedTotals.get(fn.accountId) ?? 0))
      return new Lease(slots, account.unreserved);
    slots.throttled++;
    throw new TooManyRequestsException("ConcurrentInvocationLimitExceeded");
  }

  /** Drops the counts of a function that is gone. */
  forget(accountId: string, FunctionName: string): void {
    const functions = this.#accounts.get(accountId)?.functions;
    if (functions?.get(FunctionName)?.running === 0) functions.delete(FunctionName);
  }

  counts(): readonly FunctionConcurrency[] {
    return [...this.#accounts].flatMap(([accountId, { functions }]) =>
      [...functions].map(([FunctionName, { running, throttled }]) => ({ accountId, FunctionName, running, throttled })),
    );
  }

  #account(accountId: string): Account {
    let account = this.#accounts.get(accountId);
    if (!account) this.#accounts.set(accountId, (account = { functions: new Map(), unreserved: { running: 0 } }));
    return account;
  }
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
