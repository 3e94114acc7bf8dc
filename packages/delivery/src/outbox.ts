import { type Backoff, BackgroundLoop, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import type { ClaimedDelivery, Database, DeliveryStore } from "@hearth/store";
import { aboutMessage } from "./aboutMessage.ts";
import { atAttempt } from "./atAttempt.ts";
import { deadLetterOf, type GivenUp } from "./deadLetterOf.ts";
import type { Delivery } from "./delivery.ts";
import type { DeliveryMetrics } from "./deliveryMetrics.ts";
import { DeliveryDelayed } from "./deliveryDelayed.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { LaneLimits } from "./laneSlots.ts";
import { OutboxWorker } from "./outboxWorker.ts";
import type { OutsideKind } from "./outsideKind.ts";
import type { Send } from "./targetKind.ts";

export interface OutboxOptions {
  /** How often it looks for messages whose time was missed. */
  readonly everyMs?: number;
  readonly leaseMs?: number;
  readonly backoff?: Backoff;
  /** A message that could not be sent for this long is given up, unless its own retry policy says otherwise. */
  readonly maxAgeMs?: number;
  /** How long messages that were given up can be looked at. */
  readonly keepDeadMs?: number;
  /** What those of one account may take. Its oldest ones are removed. */
  readonly keepDeadBytes?: number;
  readonly inside?: LaneLimits;
  readonly outside?: LaneLimits;
}

export interface OutboxDeps {
  readonly database: Pick<Database, "transaction">;
  readonly outbox: DeliveryStore;
  readonly delivery: Pick<Delivery, "check" | "kindOf" | "prepare">;
  readonly metrics: DeliveryMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
const MB = 1024 * 1024;
const FORGET_LIMIT = 1_000;
const HOUSEKEEPING_EVERY_MS = 60_000;
const DEADLINE_MS = 30_000;
/** Attempts inside take milliseconds, and a connection to PostgreSQL each. */
const INSIDE: LaneLimits = { total: 4, perAccount: 3, perAccountWhenFull: 1, perTarget: 2 };
const OUTSIDE: LaneLimits = { total: 256, perAccount: 48, perAccountWhenFull: 8, perTarget: 8 };

/**
 * Sends the messages of the outbox, with growing delays between attempts, until they are delivered, refused or tried too often or too long; then they go to
 * their dead-letter queue, or are kept for a while. Each is claimed under a lease. Of a target inside Hearth the row is removed in the transaction that
 * delivers it: several processes may do this at the same time, and one that dies loses and doubles nothing. One for a target outside may arrive twice then.
 */
export class Outbox implements AsyncDisposable {
  readonly #deps: OutboxDeps;
  readonly #options: Required<OutboxOptions>;
  readonly #owner: string;
  readonly #workers: readonly OutboxWorker[];
  readonly #housekeeping: BackgroundLoop;

  constructor(options: OutboxOptions, deps: OutboxDeps) {
    this.#deps = deps;
    this.#options = {
      everyMs: 30_000,
      leaseMs: 60_000,
      backoff: { baseMs: 1_000, maxMs: 300_000 },
      maxAgeMs: 6 * HOUR_MS,
      keepDeadMs: 24 * HOUR_MS,
      keepDeadBytes: 64 * MB,
      inside: INSIDE,
      outside: OUTSIDE,
      ...options,
    };
    const { everyMs, leaseMs, inside, outside } = this.#options;
    this.#owner = deps.random.uuid();
    const shared = { owner: this.#owner, everyMs, leaseMs };
    const worker = (isOutside: boolean, limits: LaneLimits): OutboxWorker =>
      new OutboxWorker(
        { ...shared, isOutside, limits },
        { ...deps, send: async (claimed, stop) => await this.#attempt(claimed, stop) },
      );
    this.#workers = [worker(false, inside), worker(true, outside)];
    this.#housekeeping = new BackgroundLoop(
      "housekeeping of the outbox",
      HOUSEKEEPING_EVERY_MS,
      () => this.#forget(),
      deps,
    );
  }

  /** Looks for due messages soon. */
  wake(): void {
    for (const worker of this.#workers) worker.wake();
  }

  async #forget(): Promise<void> {
    const { outbox, metrics } = this.#deps;
    const { keepDeadMs, keepDeadBytes } = this.#options;
    const old = await outbox.forgetDead(keepDeadMs, FORGET_LIMIT);
    const beyond = await outbox.forgetBeyond(keepDeadBytes, FORGET_LIMIT);
    if (old === FORGET_LIMIT || beyond === FORGET_LIMIT) this.#housekeeping.wake();
    metrics.measured(await outbox.depth());
  }

  /** Resolves with the milliseconds after which the message is due again, if it is to be tried again. */
  async #attempt(claimed: ClaimedDelivery, stop: AbortSignal): Promise<number | undefined> {
    const checked = await this.#deps.delivery.check(atAttempt(claimed.message, claimed.attempts));
    if ("refused" in checked) return await this.#refused(claimed, checked.refused);
    if ("notNow" in checked) return await this.#later(claimed, checked.notNow);
    try {
      if ("outside" in checked) await this.#sendOutside(claimed, checked.outside, stop);
      else await this.#sendInside(claimed, checked.send);
      return undefined;
    } catch (error) {
      if (error instanceof DeliveryRefused) return await this.#refused(claimed, error);
      if (error instanceof DeliveryDelayed) return await this.#later(claimed, error.message, error);
      return await this.#later(claimed, String(error));
    }
  }

  async #sendInside(claimed: ClaimedDelivery, send: Send): Promise<void> {
    const { database, outbox } = this.#deps;
    const committed = await database.transaction(async (tx) =>
      (await outbox.remove(tx, this.#owner, claimed)) ? await send(tx) : undefined,
    );
    if (!committed) return; // another process has it
    committed();
    this.#count(claimed, "delivered");
  }

  async #sendOutside(claimed: ClaimedDelivery, kind: OutsideKind, stop: AbortSignal): Promise<void> {
    const { database, outbox, clock } = this.#deps;
    const deadlineMs = kind.deadlineMs ?? DEADLINE_MS;
    const late = new AbortController();
    using _deadline = clock.after(deadlineMs, () => late.abort(new Error(`no answer within ${deadlineMs} ms`)));
    const signal = AbortSignal.any([stop, late.signal]);
    await Promise.race([kind.attempt(atAttempt(claimed.message, claimed.attempts), signal), rejectedBy(signal)]);
    const isOwn = await database.transaction((tx) => outbox.remove(tx, this.#owner, claimed));
    if (isOwn) this.#count(claimed, "delivered");
  }

  #count({ message }: ClaimedDelivery, outcome: "delivered" | "failed"): void {
    const { metrics, delivery } = this.#deps;
    metrics.count(message, delivery.kindOf(message), outcome);
  }

  async #later(claimed: ClaimedDelivery, error: string, delayed?: DeliveryDelayed): Promise<number | undefined> {
    const { outbox, random } = this.#deps;
    const { ageMs, message } = claimed;
    const isAttempt = delayed?.isAttempt ?? true;
    const attempts = claimed.attempts - (isAttempt ? 0 : 1);
    const { maxAttempts = Infinity, maxAgeMs = this.#options.maxAgeMs, backoff } = message.retry ?? {};
    const code = "ERROR_FROM_TARGET";
    if (isAttempt && attempts >= maxAttempts) {
      return await this.#giveUp(claimed, { code, error, attempts, exhausted: "MaximumRetryAttempts" });
    }
    if (ageMs >= maxAgeMs) {
      return await this.#giveUp(claimed, { code, error, attempts, exhausted: "MaximumEventAgeInSeconds" });
    }
    const policyMs = (): number =>
      backoff && "delaysMs" in backoff
        ? (backoff.delaysMs[attempts - 1] ?? backoff.delaysMs.at(-1) ?? 0)
        : backoffMs(attempts, backoff ?? this.#options.backoff, random);
    const delayMs = Math.max(isAttempt ? policyMs() : 0, delayed?.atLeastMs ?? 0);
    const waitMs = Math.min(delayMs, maxAgeMs - ageMs);
    await outbox.putBack(this.#owner, claimed, error, waitMs, { isAttempt });
    return waitMs;
  }

  async #refused(claimed: ClaimedDelivery, { code, message: error }: DeliveryRefused): Promise<undefined> {
    return await this.#giveUp(claimed, { code, error, attempts: claimed.attempts });
  }

  async #giveUp(claimed: ClaimedDelivery, why: GivenUp): Promise<undefined> {
    const { outbox, logger } = this.#deps;
    const { message, attempts } = claimed;
    if (message.deadLetterArn === undefined) await outbox.putBack(this.#owner, claimed, why.error, "dead");
    else if (!(await this.#sendDeadLetter(claimed, message.deadLetterArn, why))) return undefined; // another process has it
    this.#count(claimed, "failed");
    const { deadLetterArn } = message;
    logger.warn(
      { ...aboutMessage(message), attempts, error: why.error, deadLetterArn },
      "a message to a destination was given up",
    );
    return undefined;
  }

  /** Replaces the message by its dead letter, in one transaction. Resolves with false when another process has taken the lease. */
  async #sendDeadLetter(claimed: ClaimedDelivery, queueArn: string, why: GivenUp): Promise<boolean> {
    const { database, outbox, delivery, random } = this.#deps;
    const letter = deadLetterOf(atAttempt(claimed.message, claimed.attempts), queueArn, random.uuid(), why);
    const prepared = await delivery.prepare([letter]);
    const isOwn = await database.transaction(async (tx) => {
      if (!(await outbox.remove(tx, this.#owner, claimed))) return false;
      await prepared.write(tx);
      return true;
    });
    if (isOwn) prepared.committed();
    return isOwn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#housekeeping[Symbol.asyncDispose]();
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(signal.reason as Error);
  if (signal.aborted) fail();
  else signal.addEventListener("abort", fail, { once: true });
  return promise;
}
