import { BackgroundLoop, type Clock, Counter, Gauge, type Logger, type Registry } from "@hearth/kit";
import type { EventPayloads } from "./eventPayloads.ts";

export interface EventPayloadLimitDeps {
  readonly payloads: Pick<EventPayloads, "bytes" | "dropOldest">;
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
    const { payloads, limitBytes, logger } = this.#deps;
    const accounts = await payloads.bytes();
    this.#held.set(accounts.reduce((sum, { bytes }) => sum + bytes, 0));
    for (const { accountId, bytes } of accounts) {
      if (bytes <= limitBytes * FULL_PART) continue;
      const tooMany = bytes - limitBytes * KEPT_PART;
      let dropped = 0;
      while (dropped < tooMany && !signal?.aborted) {
        const gone = await payloads.dropOldest(accountId, tooMany - dropped, EVENTS_AT_ONCE);
        if (gone.events === 0) break; // what is left belongs to queued events
        dropped += gone.bytes;
      }
      if (dropped === 0) continue;
      this.#dropped.inc(dropped);
      logger.warn(
        { accountId, bytes, limitBytes, dropped },
        "an account stores too many payloads of events: those of its oldest finished events were removed",
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
