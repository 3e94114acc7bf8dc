/** What the process that answers knows about itself. */
export interface ProcessFacts {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Every region that is served. */
  readonly regions: readonly string[];
  /** Such as `embedded PostgreSQL`; without a password. */
  readonly database: string;
  readonly dataDirectory: string;
  /** With less free space than this in the data directory, what needs more space is refused. 0: never. */
  readonly minFreeBytes: number;
  /** What the payloads of one account's events may take; no limit when absent. */
  readonly maxEventPayloadBytes: number | undefined;
  /** How many invocations an account may run at a time. */
  readonly concurrency: number;
  /** Whether functions get the network without a firewall, by the settings of this process. */
  readonly isEgressUnfiltered: boolean;
  /** Space of the file system of the data directory. */
  diskSpace(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** What does not work at the moment, one sentence each. */
  problems(): readonly string[];
}
