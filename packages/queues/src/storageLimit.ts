import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { ThrottlingException } from "@hearth/model";
import type { SqsMessageStore } from "@hearth/store";

export interface StorageLimitDeps {
  readonly messages: Pick<SqsMessageStore, "bytesByAccount">;
  /** What the messages in the queues of one account may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 5_000;
/** Measuring reads the rows of all messages: it may take 2 % of the time. */
const PAUSE_FACTOR = 50;
const MB = 1024 * 1024;
/** What a message takes besides its text, roughly. */
const MESSAGE_BYTES = 400;

/**
 * Limits what the messages of each account take. Counts in memory: what was stored when it was measured last, by any process, and what this process has
 * stored since. What is deleted counts until the next measurement. It measures only while messages are sent, or an account is at its limit.
 */
export class StorageLimit implements AsyncDisposable {
  readonly #deps: StorageLimitDeps;
  readonly #loop: BackgroundLoop;
  #measured: ReadonlyMap<string, number> = new Map();
  /** Since the last measurement. */
  #sent = new Map<string, number>();
  readonly #full = new Set<string>();
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: StorageLimitDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("SQS storage limit", EVERY_MS, () => this.#measure(), deps);
  }

  hasRoomFor(accountId: string, bytes: number): boolean {
    const stored = (this.#measured.get(accountId) ?? 0) + (this.#sent.get(accountId) ?? 0);
    if (stored + bytes + MESSAGE_BYTES <= this.#deps.limitBytes) return true;
    if (!this.#full.has(accountId)) {
      this.#full.add(accountId);
      const { logger, limitBytes } = this.#deps;
      logger.warn(
        { accountId, bytes: stored, limitBytes },
        "an account stores too many messages: new ones are refused",
      );
    }
    return false;
  }

  /** Throws ThrottlingException when there is no room for a message. */
  check(accountId: string, bytes: number): void {
    if (this.hasRoomFor(accountId, bytes)) return;
    const mb = Math.floor(this.#deps.limitBytes / MB);
    throw new ThrottlingException(
      `The messages in the account's queues take up the ${mb} MB that they may. Receive and delete some, and try again.`,
    );
  }

  /** Counts a message that was stored. */
  count(accountId: string, bytes: number): void {
    if (this.#sent.size === 0 && this.#measured.size === 0) this.#loop.wake();
    this.#sent.set(accountId, (this.#sent.get(accountId) ?? 0) + bytes + MESSAGE_BYTES);
  }

  async #measure(): Promise<void> {
    const { clock, messages } = this.#deps;
    const startMs = clock.monotonicMs();
    if (startMs < this.#nextAtMs || (this.#sent.size === 0 && this.#full.size === 0)) return;
    const before = new Map(this.#sent);
    const measured = await messages.bytesByAccount(MESSAGE_BYTES);
    this.#measured = new Map(measured.map(({ accountId, bytes }) => [accountId, bytes]));
    // What was sent before the question is in its answer; what was sent meanwhile may not be.
    for (const [accountId, bytes] of before) {
      const left = (this.#sent.get(accountId) ?? 0) - bytes;
      if (left > 0) this.#sent.set(accountId, left);
      else this.#sent.delete(accountId);
    }
    for (const accountId of this.#full) {
      if ((this.#measured.get(accountId) ?? 0) < this.#deps.limitBytes) this.#full.delete(accountId);
    }
    const tookMs = clock.monotonicMs() - startMs;
    this.#nextAtMs = startMs + tookMs * PAUSE_FACTOR;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
