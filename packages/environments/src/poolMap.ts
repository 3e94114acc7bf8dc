import { type AccountRegion, functionVersionKey } from "@hearth/model";
import type { Pool } from "./pool.ts";

/** All pools of this process, indexed by the key of their version and by their function. */
export class PoolMap implements Iterable<Pool> {
  readonly #byKey = new Map<string, Pool>();
  readonly #byFunction = new Map<string, Set<Pool>>();

  /** The pool with this key; one that is not retired, where there are several. */
  get(key: string): Pool | undefined {
    return this.#byKey.get(key);
  }

  /** Adds a pool. `get` returns it instead of a retired pool with the same key, which stays listed until it is deleted. */
  add(pool: Pool): void {
    const key = functionVersionKey(pool.version);
    if (this.#byKey.get(key)?.isRetired ?? true) this.#byKey.set(key, pool);
    const name = functionKey(pool.version, pool.version.FunctionName);
    const ofFunction = this.#byFunction.get(name);
    if (ofFunction) ofFunction.add(pool);
    else this.#byFunction.set(name, new Set([pool]));
  }

  delete(pool: Pool): void {
    const key = functionVersionKey(pool.version);
    if (this.#byKey.get(key) === pool) this.#byKey.delete(key);
    const name = functionKey(pool.version, pool.version.FunctionName);
    const ofFunction = this.#byFunction.get(name);
    if (ofFunction?.delete(pool) && ofFunction.size === 0) this.#byFunction.delete(name);
  }

  ofFunction(where: AccountRegion, FunctionName: string): Iterable<Pool> {
    return this.#byFunction.get(functionKey(where, FunctionName)) ?? [];
  }

  *[Symbol.iterator](): Iterator<Pool> {
    for (const pools of this.#byFunction.values()) yield* pools;
  }
}

function functionKey({ accountId, region }: AccountRegion, FunctionName: string): string {
  return `${accountId}:${region}:${FunctionName}`;
}
