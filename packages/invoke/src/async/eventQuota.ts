import { BackgroundLoop, type Clock, Counter, type Logger, type Registry } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";
import type { EventPayloads, NewEvent } from "@hearth/store";

export interface EventQuotaDeps {
  readonly payloads: Pick<EventPayloads, "bytes">;
  /** What the payloads of one account's queued and finished events may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const REFRESH_EVERY_MS = 5_000;
const MB = 1024 * 1024;
/** An account that is below this part of its limit is logged again when it reaches it. */
const BELOW_PART = 0.9;

/**
 * Limits the payloads of events that are stored for each account. Counts in memory: what was stored at the last refresh, which includes what other processes
 * accepted and what was removed, and what this process has accepted since. So several processes together can exceed the limit by what they accept between
 * two refreshes.
 */
export class EventQuota implements AsyncDisposable {
  readonly #deps: EventQuotaDeps;
  readonly #refusals: Counter;
  readonly #loop: BackgroundLoop;
  #stored: ReadonlyMap<string, number>;
  /** Since the last refresh. */
  #accepted = new Map<string, number>();
  #refusing: ReadonlySet<string> = new Set();

  /** Use `open`. */
  private constructor(deps: EventQuotaDeps, stored: ReadonlyMap<string, number>) {
    this.#deps = deps;
    this.#stored = stored;
    this.#refusals = new Counter({
      name: "hearth_event_payload_refusals_total",
      help: "Asynchronous invocations that were refused because their account stored too many payloads.",
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("event quota", REFRESH_EVERY_MS, () => this.#refresh(), deps);
  }

  static async open(deps: EventQuotaDeps): Promise<EventQuota> {
    return new EventQuota(deps, await storedBytes(deps));
  }

  /** Counts an event that is about to be stored. Throws TooManyRequestsException when its account stores too many payloads. */
  take({ accountId, payload }: Pick<NewEvent, "accountId" | "payload">): void {
    const { limitBytes } = this.#deps;
    const accepted = this.#accepted.get(accountId) ?? 0;
    const bytes = (this.#stored.get(accountId) ?? 0) + accepted;
    if (bytes + payload.byteLength > limitBytes) this.#refuse(accountId, bytes);
    this.#accepted.set(accountId, accepted + payload.byteLength);
  }

  /** Whether `take` would count the event. */
  hasRoomFor({ accountId, payload }: Pick<NewEvent, "accountId" | "payload">): boolean {
    const bytes = (this.#stored.get(accountId) ?? 0) + (this.#accepted.get(accountId) ?? 0);
    return bytes + payload.byteLength <= this.#deps.limitBytes;
  }

  /** Counts an event that was stored, whether or not there was room for it. */
  count({ accountId, payload }: Pick<NewEvent, "accountId" | "payload">): void {
    this.#accepted.set(accountId, (this.#accepted.get(accountId) ?? 0) + payload.byteLength);
  }

  /** Takes back a `take` whose event was not stored. */
  giveBack({ accountId, payload }: Pick<NewEvent, "accountId" | "payload">): void {
    this.#accepted.set(accountId, (this.#accepted.get(accountId) ?? 0) - payload.byteLength);
  }

  #refuse(accountId: string, bytes: number): never {
    const { limitBytes, logger } = this.#deps;
    this.#refusals.inc();
    if (!this.#refusing.has(accountId)) {
      this.#refusing = new Set([...this.#refusing, accountId]);
      logger.warn(
        { accountId, bytes, limitBytes },
        "an account stores too many payloads of events: new ones are refused",
      );
    }
    throw new TooManyRequestsException(
      "CallerRateLimitExceeded",
      `The payloads of the account's asynchronous invocations take up the ${Math.floor(limitBytes / MB)} MB that they may. Try again later.`,
    );
  }

  async #refresh(): Promise<void> {
    const before = new Map(this.#accepted);
    const stored = await storedBytes(this.#deps);
    this.#stored = stored;
    // What was accepted before the question is in its answer; what was accepted meanwhile may not be.
    for (const [accountId, bytes] of before) {
      const left = (this.#accepted.get(accountId) ?? 0) - bytes;
      if (left > 0) this.#accepted.set(accountId, left);
      else this.#accepted.delete(accountId);
    }
    const isFull = (accountId: string): boolean => (stored.get(accountId) ?? 0) >= this.#deps.limitBytes * BELOW_PART;
    this.#refusing = new Set([...this.#refusing].filter(isFull));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}

async function storedBytes({ payloads }: EventQuotaDeps): Promise<ReadonlyMap<string, number>> {
  return new Map((await payloads.bytes()).map(({ accountId, bytes }) => [accountId, bytes]));
}
