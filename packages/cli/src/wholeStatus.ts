/** What the processes that manage things know; only the owner may read it. */
export interface Status {
  readonly version: string;
  /** Such as `all`, or `control`, `events`, `invoker`: one entry for each process that uses the database. */
  readonly processes: readonly string[];
  /** ISO 8601: when the process that answers was started. */
  readonly startedAt: string;
  readonly regions: readonly string[];
  readonly accounts: number | null;
  readonly functions: number | null;
  readonly database: {
    readonly description: string;
    readonly version: string | null;
    readonly sizeBytes: number | null;
  };
  readonly disk: {
    readonly directory: string;
    readonly freeBytes: number | null;
    readonly totalBytes: number | null;
    readonly minFreeBytes: number;
  };
  /** Asynchronous invocations that wait or run. */
  readonly events: { readonly unfinished: number; readonly oldestAgeMs: number } | null;
  /** What does not work, one sentence each. */
  readonly problems: readonly string[];
}

/** What the process that runs functions knows; of the caller's own functions alone unless the caller is the owner. */
export interface Environments {
  readonly driver: string;
  readonly frozen: number;
  readonly bootedAhead: number;
  readonly requestsWaiting: number;
  readonly functions: readonly {
    readonly accountId: string;
    readonly region: string;
    readonly FunctionName: string;
    readonly starting: number;
    readonly warm: number;
    readonly busy: number;
  }[];
}

export interface WholeStatus {
  readonly endpoint: string;
  readonly isReady: boolean;
  /** Absent when the caller may not read it. */
  readonly status?: Status;
  readonly environments?: Environments;
  /** What is not right, one sentence each. */
  readonly problems: readonly string[];
}
