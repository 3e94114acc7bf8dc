import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { ArchivedEventStore, type Database, EventReplayStore } from "@hearth/store";

export interface ArchiveRetentionDeps {
  readonly database: Database;
  /** What the archives of one account may take; 0: no limit. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 300_000;

/** Deletes events that archives keep no longer, the oldest ones of accounts that are beyond the limit, and old replays. Several processes may run this. */
export class ArchiveRetention implements AsyncDisposable {
  readonly #deps: ArchiveRetentionDeps;
  readonly #events: ArchivedEventStore;
  readonly #replays: EventReplayStore;
  readonly #loop: BackgroundLoop;

  constructor(deps: ArchiveRetentionDeps) {
    this.#deps = deps;
    this.#events = new ArchivedEventStore(deps.database);
    this.#replays = new EventReplayStore(deps.database);
    this.#loop = new BackgroundLoop("retention of archived events", EVERY_MS, () => this.collect(), deps);
  }

  /** Runs one collection. */
  async collect(): Promise<void> {
    const { limitBytes, logger } = this.#deps;
    await this.#events.collect();
    await this.#replays.forgetOld();
    if (limitBytes === 0) return;
    for (const accountId of await this.#events.shrink(limitBytes))
      logger.warn(
        { accountId },
        "the archives of an account take more than HEARTH_EVENT_ARCHIVE_MB; their oldest events are deleted",
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
