import type { MemoryShortage } from "@hearth/drivers";
import type { Outcome } from "@hearth/model";
import type { SandboxExit } from "./sandboxOwner.ts";
import type { Fault } from "./platformEvent.ts";
import { timedOutText } from "./reportLine.ts";

const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGIOT: "aborted",
  SIGSEGV: "segmentation fault",
  SIGBUS: "bus error",
  SIGILL: "illegal instruction",
  SIGFPE: "floating point exception",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
  SIGINT: "interrupt",
  SIGHUP: "hangup",
};
/** Exit statuses of processes that a signal has ended: 128 + its number, as shells and Docker report them. */
const SIGNAL_NUMBERS: Readonly<Record<number, string>> = {
  129: "SIGHUP",
  130: "SIGINT",
  132: "SIGILL",
  133: "SIGTRAP",
  134: "SIGABRT",
  135: "SIGBUS",
  136: "SIGFPE",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
};

const OUT_OF_MEMORY = "Runtime.OutOfMemory";
const KILLED = "Runtime exited with error: signal: killed";
/** Why a sandbox was ended that had kept to its own limits. */
const SHORTAGES: Readonly<Record<MemoryShortage, string>> = {
  accountTmp: "files in /tmp of this account's functions hold more memory than the account's share",
  host: "the host's memory for functions is used up, and this function used more than it was expected to",
};

/** The error that AWS reports for a runtime process that ended by itself. */
export function exitFault({
  exitCode,
  signal,
  outOfMemory,
  shortage,
}: Pick<SandboxExit, "exitCode" | "signal" | "outOfMemory" | "shortage">): Extract<Fault, { kind: "exit" }> {
  if (shortage)
    return { kind: "exit", error: `${KILLED} (${SHORTAGES[shortage]})`, errorType: OUT_OF_MEMORY, shortage };
  if (outOfMemory) return { kind: "exit", error: KILLED, errorType: OUT_OF_MEMORY };
  const signalName = signal ?? SIGNAL_NUMBERS[exitCode ?? 0];
  let error = "Runtime exited without providing a reason";
  if (signalName !== undefined)
    error = `Runtime exited with error: signal: ${SIGNAL_NAMES[signalName] ?? signalName.toLowerCase()}`;
  else if (exitCode !== null && exitCode !== 0) error = `Runtime exited with error: exit status ${exitCode}`;
  return { kind: "exit", error, errorType: "Runtime.ExitError" };
}

/** Whether it was ended because it had used more than its own memory. */
export function isOutOfMemory(fault: Fault | undefined): boolean {
  return fault?.kind === "exit" && fault.errorType === OUT_OF_MEMORY && fault.shortage === undefined;
}

export function exitOutcome(requestId: string, fault: Extract<Fault, { kind: "exit" }>): Outcome {
  const { errorType } = fault;
  return functionError(errorType, { errorType, errorMessage: `RequestId: ${requestId} Error: ${fault.error}` });
}

export function timedOutOutcome(requestId: string, afterMs: number): Outcome {
  const errorMessage = `RequestId: ${requestId} Error: ${timedOutText(afterMs)}`;
  return { kind: "timedOut", afterMs, payload: encode({ errorType: "Sandbox.Timedout", errorMessage }) };
}

/** The hooks after a restore did not end. The type is what AWS calls it in its answer to Invoke. */
export function restoreTimedOutOutcome(requestId: string, afterMs: number): Outcome {
  const errorType = "SnapStartTimeoutException";
  const seconds = (afterMs / 1000).toFixed(2);
  const errorMessage = `RequestId: ${requestId} Error: Restore hooks timed out after ${seconds} seconds`;
  return functionError(errorType, { errorType, errorMessage });
}

export function tooLargeOutcome(maxBytes: number): Outcome {
  const errorType = "Function.ResponseSizeTooLarge";
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxBytes} bytes).`;
  return functionError(errorType, { errorMessage, errorType });
}

/** AWS's own runtimes say so in the function's log; other runtimes log what they like. */
export function tooLargeLines(runtime: string | undefined, nowMs: number): readonly string[] {
  if (!runtime?.match(/^(nodejs|python)/)) return [];
  return [`[ERROR] [${nowMs}] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.`];
}

export function truncatedOutcome(): Outcome {
  const errorType = "Runtime.TruncatedResponse";
  return functionError(errorType, { errorMessage: "The runtime broke its streamed answer off.", errorType });
}

function functionError(errorType: string, document: object): Outcome {
  return { kind: "functionError", errorType, payload: encode(document) };
}

function encode(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
