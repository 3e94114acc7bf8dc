const MB = 1024 * 1024;
/** Of the host's memory, what is kept for Hearth, PostgreSQL and the host itself. */
const RESERVED_SHARE = 0.15;
const PAGE_BYTES = 4096;
/** Fast writers fill this much before the next look at them, and while their sandbox is being ended. */
const HEADROOM_SHARE = 0.05;
const MIN_HEADROOM_BYTES = 256 * MB;
const MAX_HEADROOM_SHARE = 0.25;

export interface SandboxesMemory {
  /** What the kernel lets all sandboxes together use. */
  readonly limitBytes: number;
  /** Above it a sandbox is ended, before the kernel reaches the limit and ends any process of any sandbox. */
  readonly endAboveBytes: number;
}

/** The memory that all sandboxes together may use: `limitMb`, or where that is 0 all of the host's but a reserve. */
export function sandboxesMemory(hostBytes: number, limitMb = 0): SandboxesMemory {
  const wanted = limitMb > 0 ? Math.min(limitMb * MB, hostBytes) : hostBytes * (1 - RESERVED_SHARE);
  const limitBytes = Math.floor(wanted / PAGE_BYTES) * PAGE_BYTES;
  const headroom = Math.min(limitBytes * MAX_HEADROOM_SHARE, Math.max(limitBytes * HEADROOM_SHARE, MIN_HEADROOM_BYTES));
  return { limitBytes, endAboveBytes: Math.floor(limitBytes - headroom) };
}
