import { invariant } from "@hearth/kit";

/**
 * starting ─▶ initializing ─▶ idle ⇄ busy; each may stop. Invariants: only `idle` is handed out, to one holder at a time; an idle
 * environment's runtime waits in `next`, or its init failed and is tried again by the first invocation.
 */
export const TRANSITIONS = {
  starting: ["initializing", "stopping"],
  initializing: ["idle", "stopping"],
  idle: ["busy", "stopping"],
  busy: ["idle", "stopping"],
  stopping: ["stopped"],
  stopped: [],
} as const satisfies Record<string, readonly string[]>;
export type EnvironmentState = keyof typeof TRANSITIONS;

export function transition(from: EnvironmentState, to: EnvironmentState): EnvironmentState {
  const allowed: readonly EnvironmentState[] = TRANSITIONS[from];
  invariant(allowed.includes(to), `environment went from ${from} to ${to}`);
  return to;
}
