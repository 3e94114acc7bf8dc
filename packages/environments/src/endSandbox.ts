import type { ShutdownReason } from "@hearth/runtime-api";
import { oneTurn } from "./oneTurn.ts";
import type { Sandbox } from "./sandbox.ts";

/** Stops a sandbox after its last output has been read. Resolves once nothing is left of it. */
export async function endSandbox(
  sandbox: Pick<Sandbox, "flush" | "end"> | undefined,
  reason: ShutdownReason,
): Promise<void> {
  // Its last output is still in the pipe, and an invocation's last lines are logged one turn after its end.
  await oneTurn();
  sandbox?.flush();
  await sandbox?.end(reason);
}
