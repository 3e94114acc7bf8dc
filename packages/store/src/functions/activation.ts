import type { FunctionVersion } from "@hearth/model";
import type { FunctionKey } from "./functionRows.ts";
import type { PolicyDocument } from "../resource-policies/policyStatements.ts";

/**
 * A version whose wanted snapshot is not the one that runs yet. Control writes the wanted snapshot (`Pending` or `InProgress`);
 * an invoker prepares it, applies it (the snapshot is what invocations get from then on, change number `appliedSeq`), and when every
 * live lease has acknowledged that number it is finished (`Active`, `Successful`).
 * wanted ─▶ applied ─▶ (finished: no longer listed); wanted ─▶ failed
 */
export interface Activation {
  readonly version: FunctionVersion;
  readonly state: "wanted" | "applied";
  readonly appliedSeq: bigint | null;
  /** True for a create, false for an update of a version that runs already. */
  readonly isNew: boolean;
}

/** What the index holds of one function: everything an Invoke needs, nothing else. */
export interface IndexedFunction extends FunctionKey {
  /** Activated snapshots by version, of those that were asked for. A version without one is in `notActive`. */
  readonly versions: ReadonlyMap<string, FunctionVersion>;
  /** Versions that cannot be invoked yet or any more, with their State. */
  readonly notActive: ReadonlyMap<string, "Pending" | "Inactive" | "Failed">;
  readonly aliases: ReadonlyMap<string, IndexedAlias>;
  /** Resource policies by qualifier: a version, an alias, or `""` for the function itself. */
  readonly policies?: ReadonlyMap<string, PolicyDocument>;
  readonly ReservedConcurrentExecutions?: number;
  /** Environments that are kept for a version, by version. */
  readonly provisioned?: ReadonlyMap<string, number>;
  /** `Terminate` when absent. */
  readonly RecursiveLoop?: "Allow" | "Terminate";
  /** Settings of asynchronous invocation by qualifier: `$LATEST`, a version or an alias. */
  readonly eventInvokeConfigs?: ReadonlyMap<string, IndexedEventInvokeConfig>;
}

/** A function as it was read: `$LATEST`, what aliases point to, what is provisioned, and the versions that were asked for. */
export interface LoadedFunction extends IndexedFunction {
  /** There has never been a version with a higher number. */
  readonly lastVersion: number;
}

export interface IndexedEventInvokeConfig {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
}

export interface IndexedAlias {
  readonly FunctionVersion: string;
  /** Version ─▶ weight in 0..1, for the share that does not go to `FunctionVersion`. */
  readonly AdditionalVersionWeights: Readonly<Record<string, number>>;
}

/** The side of the function tables that activation and the index use. Implemented by `FunctionStore`. */
export interface ActivationStore {
  /** Every version that is not finished, oldest first, at most `limit`; without the snapshots `except`, by their ids. */
  listActivations(limit: number, except: readonly string[]): Promise<readonly Activation[]>;
  /** Makes the wanted snapshot the one that runs. Resolves with the change number, or `undefined` when a newer revision has replaced it. */
  applyActivation(version: FunctionVersion, runtimeVersionArn: string | undefined): Promise<bigint | undefined>;
  /** Writes `Active` / `Successful`. Does nothing when a newer revision has replaced it. */
  finishActivation(version: FunctionVersion): Promise<void>;
  /** Writes `Failed` (State for a create, LastUpdateStatus for an update; the old snapshot goes on running). */
  failActivation(version: FunctionVersion, reasonCode: string, reason: string): Promise<void>;
  /** Writes StateReason / LastUpdateStatusReason while it waits, e.g. for an image that is being built. */
  explainActivation(version: FunctionVersion, reason: string): Promise<void>;
  /** Reads what the index holds of one function, in one snapshot, with `versions`; `undefined` when there is no such function. */
  loadFunction(key: FunctionKey, versions: readonly string[]): Promise<LoadedFunction | undefined>;
}
