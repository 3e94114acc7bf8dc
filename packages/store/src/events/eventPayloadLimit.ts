import { BackgroundLoop, type Clock, Counter, Gauge, type Logger, type Registry } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import { EventPayloads } from "./eventPayloads.ts";

export interface EventPayloadLimitDeps {
  readonly database: Pick<Database, "transaction">;
  /** What the payloads of one account's queued and finished events may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const EVERY_MS = 5_000;
/** Room is made before the limit is reached, where events are refused. */
const FULL_PART = 0.9;
/** Room is made for a while, so that an account near its limit does not lose some payloads at every turn. */
const KEPT_PART = 0.8;
const EVENTS_AT_ONCE = 1_000;
/** "payload" in ASCII. */
const LIMIT_LOCK = 0x7061796c6f6164n;

/** Drops payloads of finished events, oldest first, of accounts whose events hold almost as much as they may. Payloads of queued events are kept. */
export class EventPayloadLimit implements AsyncDisposable {
  readonly #deps: EventPayloadLimitDeps;
  readonly #dropped: Counter;
  readonly #held: Gauge;
  readonly #loop: BackgroundLoop;

  constructor(deps: EventPayloadLimitDeps) {
    this.#deps = deps;
    this.#held = new Gauge({
      name: "hearth_event_payload_bytes",
      help: "Bytes of the payloads of queued and finished asynchronous invocations.",
      registers: [deps.registry],
    });
    this.#dropped = new Counter({
      name: "hearth_event_payload_dropped_bytes_total",
      help: "Bytes of payloads of finished asynchronous invocations that were removed before their time because their account stored too many.",
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("event payload limit", EVERY_MS, (signal) => this.collect(signal), deps);
  }

  /** Runs one collection. */
  async collect(signal?: AbortSignal): Promise<void> {
    const droppedOf = new Map<string, number>();
    try {
      while ((await this.#dropSome(droppedOf)) && !signal?.aborted);
    } finally {
      for (const [accountId, dropped] of droppedOf) {
        this.#dropped.inc(dropped);
        this.#deps.logger.warn(
          { accountId, limitBytes: this.#deps.limitBytes, dropped },
          "an account stores too many payloads of events: those of its oldest finished events were removed",
        );
      }
    }
  }

  /**
   * Drops some payloads of each account that is near its limit, or of which some were dropped before and too many are left. Resolves with true when there may
   * be more to drop. Each time is a short transaction, because it holds up others that count payloads of these accounts.
   */
  async #dropSome(droppedOf: Map<string, number>): Promise<boolean> {
    const { database, limitBytes } = this.#deps;
    return await database.transaction(async (tx) => {
      // Two that drop at the same time would drop twice as much.
      const [row] = await tx.query<{ locked: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS locked", [LIMIT_LOCK]);
      if (!row?.locked) return false;
      const payloads = new EventPayloads(tx);
      const accounts = await payloads.bytes();
      this.#held.set(accounts.reduce((sum, { bytes }) => sum + bytes, 0));
      let isMore = false;
      for (const { accountId, bytes } of accounts) {
        const before = droppedOf.get(accountId);
        const tooMany = bytes - limitBytes * KEPT_PART;
        if (tooMany <= 0 || (before === undefined && bytes <= limitBytes * FULL_PART)) continue;
        const gone = await payloads.dropOldest(accountId, tooMany, EVENTS_AT_ONCE);
        if (gone.events === 0) continue; // what is left belongs to queued events
        droppedOf.set(accountId, (before ?? 0) + gone.bytes);
        isMore = true;
      }
      return isMore;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
