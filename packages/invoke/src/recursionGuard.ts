import type { Logger } from "@hearth/kit";
import { functionArn, RecursiveInvocationException } from "@hearth/model";
import type { IndexedFunction } from "@hearth/store";
import type { FunctionCounts } from "./invokeMetrics.ts";
import { lineageName, lineageOf, MAX_RUNS_IN_CHAIN } from "./lineage.ts";

export interface RecursionGuardDeps {
  readonly logger: Logger;
}

/** Stops functions that invoke themselves in a loop, unless their recursion setting is `Allow`. */
export class RecursionGuard {
  readonly #deps: RecursionGuardDeps;
  /** The name needs a hash: it is kept as long as the index keeps the function. */
  readonly #names = new WeakMap<IndexedFunction, string>();

  constructor(deps: RecursionGuardDeps) {
    this.#deps = deps;
  }

  /**
   * The lineage that a run of `fn` passes on; `traceId` is the trace header of its request. Throws RecursiveInvocationException when the chain of requests
   * has run the function too often; `counts` counts that.
   */
  admit(fn: IndexedFunction, counts: FunctionCounts, traceId: string | undefined): string {
    let name = this.#names.get(fn);
    if (name === undefined) {
      name = lineageName(functionArn({ ...fn, Qualifier: undefined }));
      this.#names.set(fn, name);
    }
    const { text, runs } = lineageOf(traceId, name);
    if (runs < MAX_RUNS_IN_CHAIN || fn.RecursiveLoop === "Allow") return text;
    const { accountId, region, FunctionName } = fn;
    counts.recursions++;
    this.#deps.logger.warn(
      { accountId, region, FunctionName, traceId },
      "stopped a function that invokes itself in a loop",
    );
    throw new RecursiveInvocationException();
  }
}
