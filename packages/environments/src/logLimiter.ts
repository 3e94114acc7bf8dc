import type { Clock } from "@hearth/kit";
import type { FunctionVersion, LogEvent, LogSink, LogStreamName } from "@hearth/model";

export interface LogLimiterDeps {
  readonly logs: LogSink;
  readonly clock: Clock;
  /** What a function may log in the long run. 0: no limit. */
  readonly bytesPerSecond: number;
  /** True while logs cannot be kept because the disk is almost full. */
  readonly isDiskShort?: () => boolean;
}

interface Bucket {
  bytes: number;
  atMs: number;
  droppedLines: number;
  /** Why the last of them was dropped. */
  reason: string;
}

/** A function may log for so many seconds' worth at once. */
const BURST_SECONDS = 16;
/** As CloudWatch Logs counts. */
const EVENT_OVERHEAD_BYTES = 26;
const MAX_BUCKETS = 10_000;
const DISK_SHORT = "the host has too little free disk space";

/** Limits the log bytes of each function, all its environments together. Lines beyond it are dropped, and the function's log says how many. */
export class LogLimiter {
  readonly #deps: LogLimiterDeps;
  readonly #buckets = new Map<string, Bucket>();

  constructor(deps: LogLimiterDeps) {
    this.#deps = deps;
  }

  /** Where environments of this version log to. */
  of({ accountId, region, FunctionName }: FunctionVersion): LogSink {
    const key = `${accountId}:${region}:${FunctionName}`;
    return { append: (stream, events, lineage) => this.#append(key, stream, events, lineage) };
  }

  #append(key: string, stream: LogStreamName, events: readonly LogEvent[], lineage: string | undefined): void {
    const { logs, bytesPerSecond, isDiskShort } = this.#deps;
    const isShort = isDiskShort?.() === true;
    if (bytesPerSecond === 0 && !isShort && this.#buckets.size === 0) {
      logs.append(stream, events, lineage);
      return;
    }
    const bucket = this.#bucket(key);
    let kept = 0;
    if (!isShort) {
      for (const { message } of events) {
        const bytes = message.length + EVENT_OVERHEAD_BYTES;
        if (bytes > bucket.bytes) break;
        bucket.bytes -= bytes;
        kept++;
      }
    }
    const notice = kept > 0 ? takeNotice(bucket, events[0]?.timestamp ?? 0) : undefined;
    if (kept < events.length) {
      bucket.droppedLines += events.length - kept;
      bucket.reason = isShort ? DISK_SHORT : `a function may log ${bytesPerSecond} bytes a second`;
    }
    if (kept === 0) return;
    const all = kept === events.length ? events : events.slice(0, kept);
    logs.append(stream, notice ? [notice, ...all] : all, lineage);
  }

  #bucket(key: string): Bucket {
    const { clock, bytesPerSecond } = this.#deps;
    const capacity = bytesPerSecond === 0 ? Infinity : bytesPerSecond * BURST_SECONDS;
    const now = clock.monotonicMs();
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= MAX_BUCKETS) this.#forgetFull(now, capacity);
      this.#buckets.set(key, (bucket = { bytes: capacity, atMs: now, droppedLines: 0, reason: "" }));
    }
    bucket.bytes = Math.min(capacity, bucket.bytes + ((now - bucket.atMs) / 1000) * bytesPerSecond);
    bucket.atMs = now;
    return bucket;
  }

  /** A function that has not logged for a while has its whole budget, as one that is not known. */
  #forgetFull(now: number, capacity: number): void {
    for (const [key, { bytes, atMs, droppedLines }] of this.#buckets) {
      const isFull = bytes + ((now - atMs) / 1000) * this.#deps.bytesPerSecond >= capacity;
      if (isFull && droppedLines === 0) this.#buckets.delete(key);
    }
  }
}

function takeNotice(bucket: Bucket, timestamp: number): LogEvent | undefined {
  if (bucket.droppedLines === 0) return undefined;
  const message = `HEARTH ${bucket.droppedLines} log lines were dropped here: ${bucket.reason}.`;
  bucket.droppedLines = 0;
  return { timestamp, message };
}
