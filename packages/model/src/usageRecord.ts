import type { AccountRegion } from "./accountRegion.ts";

/**
 * Usage of one invocation. It is written to a journal before the answer is sent, then to PostgreSQL, idempotently by `id`. When the function
 * works on after its answer, the record is written again when it has finished, with the same `id` and `endedAt`: of two records with one id the
 * larger figures count, in whatever order they come.
 */
export interface UsageRecord extends AccountRegion {
  /** UUID of the record; one per run of a function, so a retried event has one per attempt. */
  readonly id: string;
  readonly functionName: string;
  readonly version: string;
  /** The alias or version that the caller named; absent when it named none. */
  readonly qualifier?: string;
  readonly requestId: string;
  /** Milliseconds since the epoch at which the answer came. */
  readonly endedAt: number;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly maxMemoryUsedMb: number;
  readonly initDurationMs: number | null;
  readonly outcome: "success" | "functionError" | "timedOut";
  readonly bytesIn: number;
  readonly bytesOut: number;
}
