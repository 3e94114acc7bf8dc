import type { ImageResolution } from "@hearth/model";
import type { FunctionImage, ImageProgram, PoolKey, RuntimeSupport, SandboxEvent, SandboxView } from "./driver.ts";
import type { SandboxFolders } from "./sandboxFolders.ts";

/**
 * What differs between drivers: how a sandbox's processes are started, limited, frozen and ended. `HostDriver` adds what they
 * share: folders, code, states. Ids given to an engine are valid and belong to this installation.
 */
export interface Engine extends AsyncDisposable {
  readonly name: "docker" | "process";
  /** What the operator must know, said at start. */
  readonly notices: readonly string[];
  /** How code gets into a sandbox's folder: hard links only where the folder cannot be written from inside. */
  readonly placing: "link" | "copy";

  runtimes(): Promise<readonly RuntimeSupport[]>;
  /** See `Driver.ensureRuntime`. */
  ensureRuntime(runtime: string, signal: AbortSignal): Promise<void>;

  /** See `Driver.resolveImage`. */
  resolveImage(reference: string, signal: AbortSignal): Promise<ImageResolution>;
  /** See `Driver.ensureImage`. */
  ensureImage(image: FunctionImage, signal: AbortSignal): Promise<ImageProgram>;

  /** See `Driver.keptImages`. */
  keptImages(): Promise<readonly string[]>;
  /** See `Driver.releaseImage`. */
  releaseImage(digest: string): Promise<void>;

  start(sandboxId: string, key: PoolKey, folders: SandboxFolders, signal: AbortSignal): Promise<void>;
  /** Applies the function's memory and CPU. */
  limit(sandboxId: string, memoryMb: number): Promise<void>;
  view(folders: SandboxFolders): SandboxView;
  freeze(sandboxId: string): Promise<void>;
  thaw(sandboxId: string): Promise<void>;
  /** Idempotent; also ends a frozen sandbox. Resolves once no process of it is left. */
  kill(sandboxId: string, graceMs: number): Promise<void>;
  /** Ids of what runs, frozen or not. */
  alive(): Promise<readonly string[]>;
  /** Ids of everything of this installation that is not removed, also from before this process. */
  existing(): Promise<readonly string[]>;
  on(listener: (event: SandboxEvent) => void): void;
}
