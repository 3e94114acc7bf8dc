import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { type Database, SqsBodySlots, SqsMessageStore } from "@hearth/store";

export interface QueueRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 60_000;
const ROTATE_SECONDS = 600;
/** Bodies of deleted messages lie there until then: accounts that send and delete a lot would fill the disk. */
const ROTATE_BYTES = 1024 ** 3;

/** Deletes messages that have expired, and gives back the disk space of bodies that no message needs. Several processes may run this. */
export class QueueRetention implements AsyncDisposable {
  readonly #messages: SqsMessageStore;
  readonly #slots: SqsBodySlots;
  readonly #loop: BackgroundLoop;

  constructor(deps: QueueRetentionDeps) {
    this.#messages = new SqsMessageStore(deps.database);
    this.#slots = new SqsBodySlots(deps.database);
    this.#loop = new BackgroundLoop("SQS retention", EVERY_MS, () => this.collect(), deps);
  }

  /** Runs one collection. */
  async collect(): Promise<void> {
    await this.#messages.deleteExpired();
    await this.#slots.rotate(ROTATE_SECONDS, ROTATE_BYTES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
