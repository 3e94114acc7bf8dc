import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { type Database, type EventReplayRecord, EventReplayStore } from "@hearth/store";
import type { BusDirectory } from "./busDirectory.ts";
import type { AddressedEvent, EventPublisher } from "./eventPublisher.ts";
import { readEvent } from "./readEvent.ts";

export interface ReplaysDeps {
  readonly database: Database;
  readonly directory: Pick<BusDirectory, "find">;
  readonly publisher: Pick<EventPublisher, "publish">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOK_MS = 2_000;
/** Of one step, which is one transaction. */
const CHUNK = 20;
/** A replay must not take the place of the events that happen now. */
const EVENTS_PER_SECOND = 500;

/**
 * Works on replays, a step of each in turn. Several processes may run this: a step belongs to one at a time, by a lease, and the place in the archive moves
 * on in the transaction that sends the events. So one that dies repeats and skips nothing.
 */
export class Replays implements AsyncDisposable {
  readonly #deps: ReplaysDeps;
  readonly #store: EventReplayStore;
  readonly #loop: BackgroundLoop;

  constructor(deps: ReplaysDeps) {
    this.#deps = deps;
    this.#store = new EventReplayStore(deps.database);
    this.#loop = new BackgroundLoop("replays of events", LOOK_MS, (signal) => this.#work(signal), deps);
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const replay = await this.#store.claim();
      if (!replay) return;
      await this.#step(replay);
    }
  }

  async #step(replay: EventReplayRecord): Promise<void> {
    const store = this.#store;
    if (replay.state === "CANCELLING") return await store.end(replay, "CANCELLED");
    const rules = await this.#deps.directory.find(replay);
    if (!rules) return await store.end(replay, "FAILED", "The event bus does not exist any more.");
    const next = await store.next(replay, CHUNK);
    const last = next.at(-1);
    if (!last) return await store.end(replay, "COMPLETED");
    const events = next.flatMap(({ event: text }): AddressedEvent[] => {
      const event = readEvent(text);
      const origin = { hops: 1, ...(replay.filterArns && { ruleArns: replay.filterArns }) };
      return event ? [{ rules, event: { ...event, replayName: replay.replay }, origin }] : [];
    });
    await this.#deps.publisher.publish(events, (tx) => store.advance(tx, replay, last, replay.EventLastReplayedTime));
    await store.release(replay, (next.length / EVENTS_PER_SECOND) * 1_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
