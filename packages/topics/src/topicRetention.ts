import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { type Database, SnsDeduplication, SnsSubscriptionStore } from "@hearth/store";

export interface TopicRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 60_000;
const LIMIT = 5_000;

/** Deletes what FIFO topics need not remember any longer, and subscriptions that were not confirmed in time. Several processes may run this. */
export class TopicRetention implements AsyncDisposable {
  readonly #deduplication: SnsDeduplication;
  readonly #subscriptions: SnsSubscriptionStore;
  readonly #loop: BackgroundLoop;

  constructor(deps: TopicRetentionDeps) {
    this.#deduplication = new SnsDeduplication(deps.database);
    this.#subscriptions = new SnsSubscriptionStore(deps.database);
    this.#loop = new BackgroundLoop("SNS retention", EVERY_MS, () => this.#collect(), deps);
  }

  async #collect(): Promise<void> {
    while ((await this.#deduplication.forgetExpired(LIMIT)) === LIMIT);
    while ((await this.#subscriptions.forgetUnconfirmed(LIMIT)) === LIMIT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
