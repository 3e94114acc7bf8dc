import type { FunctionVersion } from "@hearth/model";
import type { FunctionKey } from "./functionRows.ts";
import type { FunctionUrlSettings } from "./functionUrls.ts";
import type { PolicyDocument } from "../resource-policies/policyStatements.ts";

/**
 * A version whose wanted snapshot does not run yet. Control writes the wanted snapshot (`Pending` or `InProgress`). An invoker prepares it and
 * applies it: from change number `appliedSeq` on, invocations get this snapshot. When every live lease has acknowledged that number, the activation
 * is finished (`Active`, `Successful`).
 * wanted ─▶ applied ─▶ (finished: no longer listed); wanted ─▶ failed
 */
export interface Activation {
  readonly version: FunctionVersion;
  readonly state: "wanted" | "applied";
  readonly appliedSeq: bigint | null;
  /** True for a create, false for an update of a version that already runs. */
  readonly isNew: boolean;
}

/** The index data of one function: everything an Invoke needs, nothing else. */
export interface IndexedFunction extends FunctionKey {
  /** Activated snapshots of the requested versions, by version. A version without one is in `notActive`. */
  readonly versions: ReadonlyMap<string, FunctionVersion>;
  /** Versions that cannot be invoked yet, or no longer, with their State. */
  readonly notActive: ReadonlyMap<string, "Pending" | "Inactive" | "Failed">;
  readonly aliases: ReadonlyMap<string, IndexedAlias>;
  /** Resource policies by qualifier: a version, an alias, or `""` for the function itself. */
  readonly policies?: ReadonlyMap<string, PolicyDocument>;
  readonly ReservedConcurrentExecutions?: number;
  /** Number of environments kept ready for each version. */
  readonly provisioned?: ReadonlyMap<string, number>;
  /** `Terminate` when absent. */
  readonly RecursiveLoop?: "Allow" | "Terminate";
  /** Settings of asynchronous invocation by qualifier: `$LATEST`, a version or an alias. */
  readonly eventInvokeConfigs?: ReadonlyMap<string, IndexedEventInvokeConfig>;
  /** Its URLs and those of its aliases, by the first label of their host names. */
  readonly urls?: ReadonlyMap<string, IndexedFunctionUrl>;
}

export interface IndexedFunctionUrl extends FunctionUrlSettings {
  /** The alias that the URL belongs to; absent for the function's own URL. */
  readonly Qualifier?: string;
}

/** A function as read from PostgreSQL: `$LATEST`, the versions that aliases point to, the provisioned versions, and the requested versions. */
export interface LoadedFunction extends IndexedFunction {
  /** The highest version number that was ever published. */
  readonly lastVersion: number;
}

export interface IndexedEventInvokeConfig {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  /** ARNs. */
  readonly onSuccess?: string;
  readonly onFailure?: string;
}

export interface IndexedAlias {
  readonly FunctionVersion: string;
  /** Version ─▶ weight in 0..1: the share of calls that does not go to `FunctionVersion`. */
  readonly AdditionalVersionWeights: Readonly<Record<string, number>>;
}

/** The operations on the function tables that activation and the index use. Implemented by `FunctionStore`. */
export interface ActivationStore {
  /** The unfinished activations, oldest first, at most `limit`; without the snapshots whose ids are in `except`. */
  listActivations(limit: number, except: readonly string[]): Promise<readonly Activation[]>;
  /** Makes the wanted snapshot the running one, with the version of its runtime that `version` says. Resolves with the change number, or with `undefined` when a newer revision has replaced it. */
  applyActivation(version: FunctionVersion): Promise<bigint | undefined>;
  /** Writes `Active` / `Successful`, with `reason` as the StateReason. Does nothing when a newer revision has replaced the snapshot. */
  finishActivation(version: FunctionVersion, reason?: string): Promise<void>;
  /** Writes `Failed` (State for a create, LastUpdateStatus for an update; the old snapshot keeps running). */
  failActivation(version: FunctionVersion, reasonCode: string, reason: string): Promise<void>;
  /** Writes StateReason / LastUpdateStatusReason while the activation waits, e.g. for an image that is being built. */
  explainActivation(version: FunctionVersion, reason: string): Promise<void>;
  /** Has versions that follow their runtime activated anew; see `renewRuntimes`. */
  renewRuntimes(newest: ReadonlyMap<string, string | undefined>, limit: number): Promise<number>;
  /** The runtime identifiers of all versions. */
  runtimesInUse(): Promise<readonly string[]>;
  /** Reads, in one snapshot, the index data of one function, with `versions`; `undefined` when the function does not exist. */
  loadFunction(key: FunctionKey, versions: readonly string[]): Promise<LoadedFunction | undefined>;
}
