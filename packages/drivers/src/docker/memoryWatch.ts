import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { MemoryReading } from "./cgroups.ts";
import type { SandboxControl } from "./sandboxControl.ts";

const LIMIT_EVERY_MS = 100;
/** How many looks at the limit there are for one at the peak. */
const LOOKS_PER_PUSH = 10;

interface Watched {
  readonly containerId: string;
  /** What the function's own memory may reach. */
  limitBytes: number;
  maxBytes: number;
  hasFiles: boolean;
  isOver: boolean;
}

export interface MemoryWatchDeps {
  readonly control: Pick<SandboxControl, "memory" | "memoryIfAbove">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The sandbox has used more memory than ever before, files in /tmp not counted. */
  onMore(sandboxId: string, maxMemoryBytes: number): void;
  /** The sandbox's anonymous memory has passed the limit. Called once. */
  onOver(sandboxId: string): Promise<void>;
}

/**
 * Holds sandboxes to MemorySize. The kernel's limit is MemorySize and EphemeralStorage together, because files in /tmp are memory for the kernel and do
 * not count towards MemorySize on AWS; what the processes themselves use is therefore looked at here, ten times a second.
 */
export class MemoryWatch implements AsyncDisposable {
  readonly #deps: MemoryWatchDeps;
  readonly #watched = new Map<string, Watched>();
  readonly #loop: BackgroundLoop;
  #looks = 0;

  constructor(deps: MemoryWatchDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("sandbox memory", LIMIT_EVERY_MS, () => this.#look(), deps);
  }

  add(sandboxId: string, containerId: string): void {
    const unlimited = { limitBytes: Number.POSITIVE_INFINITY, maxBytes: 0, hasFiles: false, isOver: false };
    this.#watched.set(sandboxId, { containerId, ...unlimited });
  }

  limit(sandboxId: string, limitBytes: number): void {
    const watched = this.#watched.get(sandboxId);
    if (watched) watched.limitBytes = limitBytes;
  }

  remove(sandboxId: string): void {
    this.#watched.delete(sandboxId);
  }

  /** Whether the sandbox was reported to `onOver`. */
  isOver(sandboxId: string): boolean {
    return this.#watched.get(sandboxId)?.isOver === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const pushes = this.#looks++ % LOOKS_PER_PUSH === 0;
    for (const [sandboxId, watched] of this.#watched) {
      try {
        await this.#lookAt(sandboxId, watched, pushes);
      } catch (error) {
        this.#deps.logger.warn({ err: error, sandboxId }, "the memory of a sandbox could not be read");
      }
    }
  }

  async #lookAt(sandboxId: string, watched: Watched, pushes: boolean): Promise<void> {
    const { control, onMore, onOver } = this.#deps;
    const { containerId, limitBytes } = watched;
    const reading = await (pushes ? control.memory(containerId) : control.memoryIfAbove(containerId, limitBytes));
    if (!reading) return;
    const used = usedBytes(watched, reading);
    if (used > watched.maxBytes) {
      watched.maxBytes = used;
      onMore(sandboxId, used);
    }
    if (reading.anonymousBytes <= limitBytes || watched.isOver) return;
    watched.isOver = true;
    await onOver(sandboxId);
  }
}

/** The peak counts files in /tmp, so it is of no use once there were any. */
function usedBytes(watched: Watched, { peakBytes, currentBytes, sharedBytes }: MemoryReading): number {
  if (sharedBytes > 0) watched.hasFiles = true;
  return watched.hasFiles ? Math.max(0, currentBytes - sharedBytes) : peakBytes;
}
