import { invariant } from "@hearth/kit";
import type { FrozenSandbox } from "./frozenSandbox.ts";
import type { Initialisation } from "./initialisation.ts";
import type { RunningInvocation } from "./runningInvocation.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * The states of an execution environment:
 *
 *     starting ─▶ initializing ─▶ idle ⇄ taken ─▶ invoking ─▶ answered ─▶ idle
 *                      │                             ▲
 *                      ▼                             │
 *                  initFailed ─▶ restarting ─▶ reinitializing
 *
 *     each of these ─▶ stopping ─▶ stopped
 *
 * Invariants: only an `idle` or `initFailed` environment can be taken, by one holder at a time. In `idle` and `taken` all participants
 * wait in `next`. Only in `invoking` does the runtime work on an event that has no answer.
 */
export const TRANSITIONS = {
  starting: ["initializing", "stopping"],
  initializing: ["idle", "initFailed", "stopping"],
  initFailed: ["restarting", "stopping"],
  restarting: ["reinitializing", "stopping"],
  reinitializing: ["invoking", "stopping"],
  idle: ["taken", "stopping"],
  taken: ["invoking", "idle", "stopping"],
  invoking: ["answered", "stopping"],
  answered: ["idle", "stopping"],
  stopping: ["stopped"],
  stopped: [],
} as const satisfies Record<EnvironmentState["name"], readonly EnvironmentState["name"][]>;

/** Each state carries the data that exists in it, and no other. */
export type EnvironmentState =
  /** Waits for a sandbox with the function's code in place. */
  | { readonly name: "starting" }
  /** The function's init runs. */
  | Initializing<"initializing">
  /** The function's init failed. Only a request that waits for an environment can use this one: its invocation tries the init again. */
  | { readonly name: "initFailed" }
  /** Taken after a failed init: waits for a fresh sandbox. */
  | { readonly name: "restarting" }
  /** The function's init runs for the second time, as part of the invocation. */
  | Initializing<"reinitializing">
  | Idle
  /** A holder has it and has not run its invocation yet, or waits for the thaw. */
  | { readonly name: "taken"; readonly sandbox: Sandbox; readonly frozen: FrozenSandbox | undefined }
  | Running<"invoking">
  /**
   * The invocation has its outcome, and the function may go on working until it asks for the next event. Idle again as soon as all participants
   * wait and the holder has given the environment back.
   */
  | Running<"answered">
  /** `ended` resolves once nothing is left of the sandbox. */
  | { readonly name: "stopping"; readonly ended: Promise<void> }
  | { readonly name: "stopped" };

interface Initializing<Name extends string> {
  readonly name: Name;
  readonly sandbox: Sandbox;
  readonly init: Initialisation;
}

export interface Idle {
  readonly name: "idle";
  readonly sandbox: Sandbox;
  /** On the monotonic clock. */
  readonly sinceMs: number;
  /** Set when the processes have been frozen because the environment was idle for a while. */
  frozen: FrozenSandbox | undefined;
}

interface Running<Name extends string> {
  readonly name: Name;
  readonly sandbox: Sandbox;
  readonly invocation: RunningInvocation;
  isHeld: boolean;
}

/** Checks that the state after `from` may be `to`, and returns `to`. */
export function transition(from: EnvironmentState, to: EnvironmentState): EnvironmentState {
  const allowed: readonly string[] = TRANSITIONS[from.name];
  // The message is made only when it is needed: this runs several times for each invocation.
  if (!allowed.includes(to.name)) invariant(false, `environment went from ${from.name} to ${to.name}`);
  return to;
}

/** What pools and operators see of a state. */
export type EnvironmentStatus = "starting" | "initializing" | "idle" | "busy" | "stopping" | "stopped";

export const STATUS: Readonly<Record<EnvironmentState["name"], EnvironmentStatus>> = {
  starting: "starting",
  initializing: "initializing",
  initFailed: "idle",
  restarting: "busy",
  reinitializing: "busy",
  idle: "idle",
  taken: "busy",
  invoking: "busy",
  answered: "busy",
  stopping: "stopping",
  stopped: "stopped",
};
