import type { Random } from "./random.ts";

export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Exponential back-off with full jitter: between half and all of `baseMs * 2^(attempt-1)`, at most `maxMs`. `attempt` counts from 1. */
export function backoffMs(attempt: number, { baseMs, maxMs }: Backoff, random: Random): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (random.fraction() * ceiling) / 2;
}
