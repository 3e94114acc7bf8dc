import { type Backoff, BackgroundLoop, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import type { ClaimedDelivery, Database, DeliveryStore } from "@hearth/store";
import type { Delivery } from "./delivery.ts";
import type { DeliveryMetrics } from "./deliveryMetrics.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";

export interface OutboxOptions {
  readonly everyMs?: number;
  readonly leaseMs?: number;
  readonly backoff?: Backoff;
  /** A message that could not be sent for this long is given up. */
  readonly maxAgeMs?: number;
  /** How long messages that were given up can be looked at. */
  readonly keepDeadMs?: number;
  /** What those of one account may take. Its oldest ones are removed. */
  readonly keepDeadBytes?: number;
}

export interface OutboxDeps {
  readonly database: Pick<Database, "transaction">;
  readonly outbox: DeliveryStore;
  readonly delivery: Pick<Delivery, "check" | "kindOf">;
  readonly metrics: DeliveryMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
const MB = 1024 * 1024;
const BATCH = 20;
const FORGET_LIMIT = 1_000;
const FORGET_EVERY_MS = 60_000;

/**
 * Sends the messages of the outbox again, with growing delays, until they are delivered, refused or too old. Each is claimed under a lease, and its row is
 * removed in the transaction that delivers it: several processes may do this at the same time, and one that dies loses and doubles nothing.
 */
export class Outbox implements AsyncDisposable {
  readonly #deps: OutboxDeps;
  readonly #options: Required<OutboxOptions>;
  readonly #owner: string;
  readonly #loop: BackgroundLoop;
  #forgetAt = Number.NEGATIVE_INFINITY;

  constructor(options: OutboxOptions, deps: OutboxDeps) {
    this.#deps = deps;
    this.#options = {
      everyMs: 5_000,
      leaseMs: 30_000,
      backoff: { baseMs: 1_000, maxMs: 300_000 },
      maxAgeMs: 6 * HOUR_MS,
      keepDeadMs: 24 * HOUR_MS,
      keepDeadBytes: 64 * MB,
      ...options,
    };
    this.#owner = deps.random.uuid();
    this.#loop = new BackgroundLoop("outbox", this.#options.everyMs, () => this.#step(), deps);
  }

  /** Looks for due messages soon. */
  wake(): void {
    this.#loop.wake();
  }

  async #step(): Promise<void> {
    const { outbox, metrics, clock } = this.#deps;
    const claimed = await outbox.claim(this.#owner, BATCH, this.#options.leaseMs);
    await Promise.all(claimed.map((one) => this.#sendAgain(one)));
    if (claimed.length === BATCH) this.#loop.wake();
    const now = clock.monotonicMs();
    const isTime = now >= this.#forgetAt + FORGET_EVERY_MS;
    if (isTime) {
      const { keepDeadMs, keepDeadBytes } = this.#options;
      const old = await outbox.forgetDead(keepDeadMs, FORGET_LIMIT);
      const beyond = await outbox.forgetBeyond(keepDeadBytes, FORGET_LIMIT);
      if (old < FORGET_LIMIT && beyond < FORGET_LIMIT) this.#forgetAt = now;
      else this.#loop.wake();
    }
    if (isTime || claimed.length > 0) metrics.measured(await outbox.depth());
  }

  async #sendAgain(claimed: ClaimedDelivery): Promise<void> {
    const { delivery, database, outbox } = this.#deps;
    const { message } = claimed;
    const checked = await delivery.check(message);
    if ("refused" in checked) return await this.#giveUp(claimed, checked.refused);
    if ("notNow" in checked) return await this.#later(claimed, checked.notNow);
    try {
      const committed = await database.transaction(async (tx) =>
        (await outbox.remove(tx, this.#owner, claimed)) ? await checked.send(tx) : undefined,
      );
      if (!committed) return; // another process has it
      committed();
      this.#deps.metrics.count(message, delivery.kindOf(message), "delivered");
    } catch (error) {
      if (error instanceof DeliveryRefused) return await this.#giveUp(claimed, error.message);
      await this.#later(claimed, String(error));
    }
  }

  async #later(claimed: ClaimedDelivery, error: string): Promise<void> {
    const { outbox, random } = this.#deps;
    const { maxAgeMs, backoff } = this.#options;
    if (claimed.ageMs > maxAgeMs) return await this.#giveUp(claimed, error);
    await outbox.putBack(this.#owner, claimed, error, backoffMs(claimed.attempts, backoff, random));
  }

  async #giveUp(claimed: ClaimedDelivery, error: string): Promise<void> {
    const { outbox, delivery, metrics, logger } = this.#deps;
    const { message, attempts } = claimed;
    await outbox.putBack(this.#owner, claimed, error, "dead");
    metrics.count(message, delivery.kindOf(message), "failed");
    const { eventId, purpose, TargetArn, sender } = message;
    const { accountId, region, FunctionName } = sender;
    logger.warn(
      { requestId: eventId, accountId, region, FunctionName, purpose, TargetArn, attempts, error },
      "a message to a destination was given up",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
