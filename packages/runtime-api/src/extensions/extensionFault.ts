import type { ProcessEnd } from "./supervisorChannel.ts";

/** Why an extension makes its environment useless: what AWS reports as the error of the init or the invocation. */
export interface ExtensionFault {
  readonly errorType: string;
  readonly error: string;
}

export function launchFault(name: string, reason: string): ExtensionFault {
  return { errorType: "Extension.LaunchError", error: `fork/exec /opt/extensions/${name}: ${reason}` };
}

/** How a process has ended, in AWS's words. */
export function endText({ exitCode, signal }: ProcessEnd): string {
  if (signal !== null) return `signal: ${signal === "SIGKILL" ? "killed" : signal.toLowerCase()}`;
  return exitCode === 0 ? "exit code 0" : `exit status ${exitCode ?? "unknown"}`;
}
