import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { MemoryShortage } from "../driver.ts";
import type { SandboxLimits } from "../engine.ts";
import type { MemoryReading } from "./cgroups.ts";
import { beyondTmpShare, type MemoryHolder, worstOffender } from "./memoryShares.ts";
import type { SandboxControl } from "./sandboxControl.ts";
import type { SandboxesMemory } from "./sandboxesMemory.ts";

const LOOK_EVERY_MS = 100;
/** How many looks at the limits there are for one at the peak. */
const LOOKS_PER_PUSH = 10;
const MB = 1024 * 1024;
/** A sandbox that has grown by so much is looked at closely, and reported, before its turn. */
const GROWTH_BYTES = 16 * MB;

/** `limit`: the function's own MemorySize. */
export type MemoryEnd = "limit" | MemoryShortage;

interface Watched {
  readonly containerId: string;
  /** Absent until a function has been assigned to it. */
  limits?: SandboxLimits;
  reading?: MemoryReading;
  maxBytes: number;
  tmpBytes: number;
  heldBytes: number;
  hasFiles: boolean;
  /** It is frozen and was looked at since. */
  isSettled: boolean;
  end?: MemoryEnd;
}

export interface MemoryWatchDeps {
  readonly control: Pick<SandboxControl, "memory" | "usedMemoryBytes" | "isFrozen" | "parentMemoryBytes">;
  readonly memory: SandboxesMemory;
  /** What files in /tmp of one account's sandboxes may hold together. */
  readonly tmpShareBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The sandbox has used more memory than ever before, files in /tmp not counted, or it holds more or less than before, in /tmp or in all. */
  onChange(sandboxId: string, maxMemoryBytes: number, tmpBytes: number, heldBytes: number): void;
  /** The sandbox is to be ended. Called once, and again when it rejects. */
  onOver(sandboxId: string): Promise<void>;
}

/**
 * Holds sandboxes to their memory. The kernel's limit is MemorySize and EphemeralStorage together, because files in /tmp are memory for the kernel and do
 * not count towards MemorySize on AWS; what the processes themselves use is therefore looked at here, ten times a second. So are an account's files
 * in /tmp, which have a share of the memory, and the memory of all sandboxes together: when that is almost used up, the sandbox that is most to blame is ended.
 * The kernel would end any.
 */
export class MemoryWatch implements AsyncDisposable {
  readonly #deps: MemoryWatchDeps;
  readonly #watched = new Map<string, Watched>();
  readonly #loop: BackgroundLoop;
  #looks = 0;

  constructor(deps: MemoryWatchDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("sandbox memory", LOOK_EVERY_MS, () => this.#look(), deps);
  }

  add(sandboxId: string, containerId: string): void {
    this.#watched.set(sandboxId, {
      containerId,
      maxBytes: 0,
      tmpBytes: 0,
      heldBytes: 0,
      hasFiles: false,
      isSettled: false,
    });
  }

  limit(sandboxId: string, limits: SandboxLimits): void {
    const watched = this.#watched.get(sandboxId);
    if (watched) watched.limits = limits;
  }

  remove(sandboxId: string): void {
    this.#watched.delete(sandboxId);
  }

  /** Why the sandbox was reported to `onOver`; undefined when it was not. */
  endOf(sandboxId: string): MemoryEnd | undefined {
    return this.#watched.get(sandboxId)?.end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const pushes = this.#looks++ % LOOKS_PER_PUSH === 0;
    for (const [sandboxId, watched] of this.#watched) {
      await this.#attempt(sandboxId, () => this.#lookAt(sandboxId, watched, pushes));
    }
    for (const holder of beyondTmpShare(this.#holders(), this.#deps.tmpShareBytes))
      await this.#endFor(holder, "accountTmp");
    if (this.#usedByAll() <= this.#deps.memory.endAboveBytes) return;
    const offender = worstOffender(this.#holders(), this.#deps.memory.limitBytes);
    if (offender) await this.#endFor(offender, "host");
  }

  async #lookAt(sandboxId: string, watched: Watched, pushes: boolean): Promise<void> {
    const { control, onChange } = this.#deps;
    const isFrozen = control.isFrozen(watched.containerId);
    if (isFrozen ? watched.isSettled : !pushes && !this.#hasGrown(watched)) return;
    const reading = await control.memory(watched.containerId);
    watched.isSettled = isFrozen;
    if (reading) watched.reading = reading;
    else delete watched.reading;
    if (!reading) return;
    const used = usedBytes(watched, reading);
    const held = heldBytes(reading);
    const hasChanged =
      Math.abs(reading.sharedBytes - watched.tmpBytes) >= MB || Math.abs(held - watched.heldBytes) >= GROWTH_BYTES;
    if (used > watched.maxBytes || hasChanged) {
      watched.maxBytes = Math.max(used, watched.maxBytes);
      watched.tmpBytes = reading.sharedBytes;
      watched.heldBytes = held;
      onChange(sandboxId, watched.maxBytes, watched.tmpBytes, held);
    }
    if (reading.anonymousBytes > limitBytes(watched)) await this.#end(sandboxId, watched, "limit");
  }

  #hasGrown(watched: Watched): boolean {
    if (watched.end) return true;
    const used = this.#deps.control.usedMemoryBytes(watched.containerId);
    return (
      used !== undefined && used > Math.min(limitBytes(watched), (watched.reading?.currentBytes ?? 0) + GROWTH_BYTES)
    );
  }

  /** What functions hold, without sandboxes that are being ended. */
  #holders(): readonly MemoryHolder[] {
    const holders: MemoryHolder[] = [];
    for (const [sandboxId, { limits, reading, end }] of this.#watched) {
      if (!limits || !reading || end) continue;
      const { accountId, expectedMb } = limits;
      const tmpBytes = reading.sharedBytes;
      holders.push({ sandboxId, accountId, tmpBytes, usedBytes: heldBytes(reading), expectedBytes: expectedMb * MB });
    }
    return holders;
  }

  /** What all sandboxes hold, without what those that are being ended will give back. */
  #usedByAll(): number {
    const { control, memory } = this.#deps;
    let all = 0;
    let ending = 0;
    for (const { reading, end } of this.#watched.values()) {
      if (!reading) continue;
      all += heldBytes(reading);
      if (end) ending += heldBytes(reading);
    }
    return (control.parentMemoryBytes(memory.endAboveBytes) ?? all) - ending;
  }

  async #endFor({ sandboxId, accountId, tmpBytes, usedBytes }: MemoryHolder, end: MemoryShortage): Promise<void> {
    const watched = this.#watched.get(sandboxId);
    if (!watched) return;
    const figures = { sandboxId, accountId, tmpMb: Math.round(tmpBytes / MB), usedMb: Math.round(usedBytes / MB) };
    this.#deps.logger.warn(figures, MESSAGES[end]);
    await this.#attempt(sandboxId, () => this.#end(sandboxId, watched, end));
  }

  async #end(sandboxId: string, watched: Watched, end: MemoryEnd): Promise<void> {
    if (watched.end) return;
    watched.end = end;
    try {
      await this.#deps.onOver(sandboxId);
    } catch (error) {
      delete watched.end; // the next look tries again
      throw error;
    }
  }

  async #attempt(sandboxId: string, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      this.#deps.logger.warn({ err: error, sandboxId }, "the memory of a sandbox could not be read or limited");
    }
  }
}

const MESSAGES: Readonly<Record<MemoryShortage, string>> = {
  accountTmp:
    "files in /tmp of an account's functions passed its share of the memory: the sandbox that holds most of them is ended",
  host: "the memory for all sandboxes is almost used up: the one that has taken most beyond what was expected is ended",
};

function limitBytes({ limits }: Watched): number {
  return limits ? limits.memoryMb * MB : Number.POSITIVE_INFINITY;
}

/** All but caches, the kernel's own memory for the sandbox included. */
function heldBytes({ currentBytes, cacheBytes }: MemoryReading): number {
  return Math.max(0, currentBytes - cacheBytes);
}

/** The peak counts files in /tmp, so it is of no use once there were any. */
function usedBytes(watched: Watched, { peakBytes, currentBytes, sharedBytes }: MemoryReading): number {
  if (sharedBytes > 0) watched.hasFiles = true;
  return watched.hasFiles ? Math.max(0, currentBytes - sharedBytes) : peakBytes;
}
