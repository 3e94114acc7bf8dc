import { constants } from "node:os";
import type { ContainerInspectInfo } from "dockerode";

export interface ContainerExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly outOfMemory: boolean;
}

/** These stop a process or are ignored, but end none: with 150, which is 128 + SIGTTOU, the host of .NET says that it has no framework for a program. */
const NEVER_END = new Set(["SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGWINCH"]);
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .filter(([name]) => !NEVER_END.has(name))
    .map(([name, number]) => [number as number, name]),
);

/** How a container ended. Its first process is the runtime itself, so 128 + n says which signal ended it. */
export function exitOf({ ExitCode, OOMKilled }: ContainerInspectInfo["State"]): ContainerExit {
  const signal = SIGNALS.get(ExitCode - 128) ?? null;
  // The flag is also set when only a child was killed and the function itself ended in some other way later.
  return { exitCode: signal === null ? ExitCode : null, signal, outOfMemory: OOMKilled && signal === "SIGKILL" };
}
