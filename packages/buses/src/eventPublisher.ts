import type { Clock, Random } from "@hearth/kit";
import type { MetricSink, OutgoingMessage } from "@hearth/model";
import {
  ArchivedEventStore,
  type Database,
  type EventBusKey,
  type EventToArchive,
  type FanOut,
  type Transaction,
} from "@hearth/store";
import type { BusDirectory } from "./busDirectory.ts";
import { type BusEvent, eventTime } from "./busEvent.ts";
import { type BusRules, type EventOrigin, matchingsOf, messageFor, type PreparedRule } from "./busRules.ts";
import { EventMetrics } from "./eventMetrics.ts";
import { eventFanOut } from "./eventFanOut.ts";
import { matchEvent } from "./matchEvent.ts";

export interface EventPublisherDeps {
  readonly database: Database;
  readonly directory: Pick<BusDirectory, "find">;
  readonly delivery: {
    prepare(
      messages: readonly OutgoingMessage[],
    ): Promise<{ checkRoom(): void; write(tx: Transaction): Promise<void>; committed(): void }>;
  };
  readonly fanOuts: { add(tx: Transaction, fanOut: FanOut): Promise<() => void> };
  /** Takes the metrics of AWS/Events. */
  readonly metrics: MetricSink;
  readonly clock: Clock;
  readonly random: Random;
}

/** An event for a bus that exists. */
export interface AddressedEvent {
  readonly rules: BusRules;
  readonly event: BusEvent;
  readonly origin: EventOrigin;
}

/** Messages that one transaction writes. Events with more targets are expanded later, in parts. */
const DIRECT_LIMIT = 10;

/** Hands events to the targets of the rules that they match. */
export class EventPublisher {
  readonly #deps: EventPublisherDeps;
  readonly #archived: ArchivedEventStore;
  readonly #metrics: EventMetrics;

  constructor(deps: EventPublisherDeps) {
    this.#deps = deps;
    this.#archived = new ArchivedEventStore(deps.database);
    this.#metrics = new EventMetrics(deps.metrics, deps.clock);
  }

  async find(key: EventBusKey): Promise<BusRules | undefined> {
    return await this.#deps.directory.find(key);
  }

  /**
   * Resolves when everything that the events cause is committed: each message was delivered, or is in the outbox, or will be made from a fan-out. `within`
   * runs first in the same transaction; when it resolves with false, nothing is written. Rejects with ThrottlingException when messages would have to wait,
   * and too many of the account do.
   */
  async publish(events: readonly AddressedEvent[], within?: (tx: Transaction) => Promise<boolean>): Promise<void> {
    const { database, delivery, fanOuts, clock, random } = this.#deps;
    const ingestionTime = eventTime(clock.now());
    const messages: OutgoingMessage[] = [];
    const later: FanOut[] = [];
    const archived: EventToArchive[] = [];
    const triggered: (readonly [EventBusKey, readonly PreparedRule[]])[] = [];
    for (const addressed of events) {
      const { rules, event, origin } = addressed;
      const matched = matchEvent(event, ingestionTime);
      const found = rules.rulesFor(matched.parsed, origin.ruleArns);
      const matchings = matchingsOf(found);
      triggered.push([rules.key, found]);
      archived.push(...rules.archivedOf(matched));
      if (messages.length + matchings.length > DIRECT_LIMIT) {
        later.push(eventFanOut(rules.key, matched, origin, random.uuid()));
      } else {
        for (const matching of matchings)
          messages.push(messageFor(rules.key, matching, matched, origin, random.uuid()));
      }
    }
    if (messages.length + later.length + archived.length === 0 && !within) return;
    const prepared = await delivery.prepare(messages);
    prepared.checkRoom();
    const wakeUps = await database.transaction(async (tx) => {
      if (within && !(await within(tx))) return undefined;
      await prepared.write(tx);
      await this.#archived.add(tx, archived);
      const added: (() => void)[] = [];
      for (const fanOut of later) added.push(await fanOuts.add(tx, fanOut));
      return added;
    });
    if (!wakeUps) return;
    prepared.committed();
    for (const [key, rules] of triggered) this.#metrics.triggered(key, rules);
    for (const wakeUp of wakeUps) wakeUp();
  }
}
