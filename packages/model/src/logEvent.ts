import type { AccountRegion } from "./accountRegion.ts";

/** The stream of a log line. Each execution environment writes its own stream in its function's group. */
export interface LogStreamName extends AccountRegion {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Accepts log lines. Never blocks and never throws: when there are too many, it drops and counts them and writes the count to the log. */
export interface LogSink {
  /** `lineage`: the functions that ran before these lines were written, as trace headers name them. */
  append(stream: LogStreamName, events: readonly LogEvent[], lineage?: string): void;
}
