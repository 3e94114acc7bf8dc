import type { BootSpec, ImageSource, PoolKey, SandboxEvent, SandboxView, SpecialiseSpec } from "./driver.ts";
import type { SandboxFolders } from "./sandboxFolders.ts";

/** The part of a specification that limits a sandbox. */
export type SandboxLimits = Pick<SpecialiseSpec, "accountId" | "memoryMb" | "expectedMb">;

/**
 * What differs between drivers: how a sandbox's processes are started, limited, frozen and ended. `HostDriver` adds what they
 * share: folders, code, states. Ids given to an engine are valid and belong to this installation.
 */
export interface Engine extends AsyncDisposable {
  readonly name: "docker" | "process";
  /** Warnings for the operator, logged at start. */
  readonly notices: readonly string[];
  /** How code gets into a sandbox's folder: hard links only where the folder cannot be written from inside. */
  readonly placing: "link" | "copy";

  readonly images: ImageSource;

  /** Does a part of `start` ahead, where the engine can; see `SandboxHost.create`. */
  create?(sandboxId: string, key: PoolKey, folders: SandboxFolders, signal: AbortSignal): Promise<boolean>;
  start(sandboxId: string, key: BootSpec, folders: SandboxFolders, signal: AbortSignal): Promise<void>;
  /** Applies the function's memory and CPU, and what its account may use. */
  limit(sandboxId: string, limits: SandboxLimits): Promise<void>;
  view(folders: SandboxFolders): SandboxView;
  freeze(sandboxId: string): Promise<void>;
  thaw(sandboxId: string): Promise<void>;
  cpuMs(sandboxId: string): Promise<number | undefined>;
  /** Idempotent; also ends a frozen sandbox. Resolves once all its processes have ended. */
  kill(sandboxId: string, graceMs: number): Promise<void>;
  /** Ids of running sandboxes, frozen ones included. */
  alive(): Promise<readonly string[]>;
  /** Ids of all sandboxes of this installation that are not removed, also those that an earlier process started. */
  existing(): Promise<readonly string[]>;
  /** Removes what a killed process left of this installation besides sandboxes. */
  sweep(): Promise<void>;
  /** Makes ready in the background what sandboxes with the network `egress` need. */
  expectEgress(): void;
  on(listener: (event: SandboxEvent) => void): void;
}
