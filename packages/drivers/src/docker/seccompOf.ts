import { seccompProfile } from "./seccompProfile.ts";

/** The engine must not run sandboxes; the message says why and what to do. */
export class EngineRefused extends Error {}

/** What Docker's `info` says about the engine's machine. */
export interface EngineSecurity {
  readonly Architecture?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/**
 * The value of Docker's `seccomp=` option for sandboxes; `undefined` where the engine cannot filter system calls and `wanted` allows that. Rejects such an
 * engine with `EngineRefused` otherwise. The engine's own profile does not matter, also if it is `unconfined`: Hearth's takes its place.
 */
export function seccompOf(
  { Architecture = "", ...security }: EngineSecurity,
  wanted: "required" | "if-available",
): string | undefined {
  if (hasSeccomp(security)) return JSON.stringify(seccompProfile(Architecture));
  if (wanted === "if-available") return undefined;
  throw new EngineRefused(
    "the Docker Engine has no seccomp, so functions could make every system call of the kernel. Use a kernel and an engine with seccomp, or set HEARTH_SECCOMP=if-available to run functions without the filter.",
  );
}

/** Whether the engine can filter system calls. */
export function hasSeccomp({ SecurityOptions }: EngineSecurity): boolean {
  return (SecurityOptions ?? []).some((option) => /^(name=)?seccomp(,|$)/.test(option));
}
