import type { SandboxEvent } from "@hearth/drivers";
import type { RuntimeListener } from "@hearth/runtime-api";

export type SandboxExit = Extract<SandboxEvent, { kind: "exited" }>;

/** Receives what happens in a sandbox: its requests to the Runtime API, its output and its end. */
export interface SandboxOwner extends RuntimeListener {
  onLines(lines: readonly string[]): void;
  /** The output of external extensions. */
  onExtensionLines(lines: readonly string[]): void;
  /** The main process has ended by itself. Called once, and not after `stop`. */
  onExit(exit: SandboxExit): void;
}
