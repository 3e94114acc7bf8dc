import type { AccountRegion } from "./accountRegion.ts";

/** Where a log line goes. Each execution environment writes one stream of its function's group. */
export interface LogStreamName extends AccountRegion {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Takes log lines. Never blocks and never throws: a flood is dropped, counted, and said in the log itself. */
export interface LogSink {
  append(stream: LogStreamName, events: readonly LogEvent[]): void;
}
