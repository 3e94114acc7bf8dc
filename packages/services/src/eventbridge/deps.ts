import type { House } from "@hearth/access";
import type { BusDirectory, EventPublisher } from "@hearth/buses";
import type { Clock, Random } from "@hearth/kit";
import {
  ApiDestinationStore,
  EventArchiveStore,
  EventBusStore,
  EventConnectionStore,
  EventReplayStore,
  EventRuleStore,
  RuleTargetStore,
  TimerStore,
} from "@hearth/store";
import type { TimerChanges } from "@hearth/timetable";
import { RuleTimers } from "./ruleTimers.ts";

/** What EventBridge needs of a process, besides what every service needs. */
export interface EventBridgeHouse extends House {
  readonly eventBuses: BusDirectory;
  readonly eventPublisher: EventPublisher;
  readonly eventBridgeLimits: EventBridgeLimits;
  readonly timerChanges: Pick<TimerChanges, "changed">;
}

export interface EventBridgeLimits {
  /** Of one bus. */
  readonly rules: number;
}

export interface EventBridgeDeps {
  readonly directory: Pick<BusDirectory, "forget">;
  readonly publisher: Pick<EventPublisher, "find" | "publish">;
  readonly buses: EventBusStore;
  readonly rules: EventRuleStore;
  readonly targets: RuleTargetStore;
  readonly ruleTimers: RuleTimers;
  readonly archives: EventArchiveStore;
  readonly replays: EventReplayStore;
  readonly connections: EventConnectionStore;
  readonly apiDestinations: ApiDestinationStore;
  readonly limits: EventBridgeLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: House["disk"];
}

export function openEventBridgeDeps(house: EventBridgeHouse): EventBridgeDeps {
  const { database, eventBuses, eventPublisher, eventBridgeLimits, timerChanges, clock, random, disk } = house;
  return {
    directory: eventBuses,
    publisher: eventPublisher,
    buses: new EventBusStore(database),
    rules: new EventRuleStore(database),
    targets: new RuleTargetStore(database),
    ruleTimers: new RuleTimers({ timers: new TimerStore(database), changes: timerChanges, clock }),
    archives: new EventArchiveStore(database),
    replays: new EventReplayStore(database),
    connections: new EventConnectionStore(database),
    apiDestinations: new ApiDestinationStore(database),
    limits: eventBridgeLimits,
    clock,
    random,
    disk,
  };
}
