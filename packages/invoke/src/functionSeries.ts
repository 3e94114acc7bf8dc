import type { FunctionKey } from "@hearth/store";

/** The labels that name a function in metrics. */
export type FunctionLabels = Readonly<Record<"account" | "region" | "function", string>>;
export const FUNCTION_LABELS = ["account", "region", "function"] as const;

/** In place of a function's name; no function can have it. */
export const OTHERS = "(others)";
/** Bounds what a scrape costs, however many accounts there are. */
const TOTAL_LIMIT = 2_000;

interface Region<T> {
  readonly functions: Map<string, T>;
  others: T | undefined;
}

interface Account<T> {
  readonly regions: Map<string, Region<T>>;
  functions: number;
}

/**
 * What metrics count by function. Names of functions are their owners' choice, so each account has a limit of functions that are counted by
 * themselves; its further ones are counted together, by region. Accounts and regions are the operator's choice.
 */
export class FunctionSeries<T> {
  readonly #perAccount: number;
  readonly #create: (labels: FunctionLabels) => T;
  readonly #accounts = new Map<string, Account<T>>();
  #size = 0;

  constructor(perAccount: number, create: (labels: FunctionLabels) => T) {
    this.#perAccount = perAccount;
    this.#create = create;
  }

  /** The function's own series, or that of its account's further functions. */
  of(fn: FunctionKey): T {
    const { accountId, region, FunctionName } = fn;
    const account = this.#account(accountId);
    const inRegion = regionOf(account, region);
    const known = inRegion.functions.get(FunctionName);
    if (known !== undefined) return known;
    if (account.functions >= this.#perAccount || this.#size >= TOTAL_LIMIT) {
      return this.#others(fn);
    }
    const made = this.#create({ account: accountId, region, function: FunctionName });
    inRegion.functions.set(FunctionName, made);
    account.functions++;
    this.#size++;
    return made;
  }

  /** The function's own series if there is one, otherwise that of its account's further functions: for what may happen after the function's deletion. */
  existing(fn: FunctionKey): T {
    const own = this.#accounts.get(fn.accountId)?.regions.get(fn.region)?.functions.get(fn.FunctionName);
    return own ?? this.#others(fn);
  }

  /** Removes the series of a deleted function. What is still counted in it is not shown. */
  forget({ accountId, region, FunctionName }: FunctionKey): void {
    const account = this.#accounts.get(accountId);
    if (!account?.regions.get(region)?.functions.delete(FunctionName)) return;
    account.functions--;
    this.#size--;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { regions } of this.#accounts.values()) {
      for (const { functions, others } of regions.values()) {
        yield* functions.values();
        if (others !== undefined) yield others;
      }
    }
  }

  #others({ accountId, region }: FunctionKey): T {
    const inRegion = regionOf(this.#account(accountId), region);
    return (inRegion.others ??= this.#create({ account: accountId, region, function: OTHERS }));
  }

  #account(accountId: string): Account<T> {
    let account = this.#accounts.get(accountId);
    if (!account) this.#accounts.set(accountId, (account = { regions: new Map(), functions: 0 }));
    return account;
  }
}

function regionOf<T>({ regions }: Account<T>, region: string): Region<T> {
  let inRegion = regions.get(region);
  if (!inRegion) regions.set(region, (inRegion = { functions: new Map(), others: undefined }));
  return inRegion;
}
