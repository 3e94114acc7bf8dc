import type { Clock, Random } from "@hearth/kit";
import { SecretStore, SecretVersionStore, TimerStore } from "@hearth/store";
import type { TimerChanges } from "@hearth/timetable";
import type { House } from "@hearth/access";
import type { TimersHouse } from "../timersHouse.ts";

export interface SecretsDeps {
  readonly secrets: SecretStore;
  readonly versions: SecretVersionStore;
  readonly timers: TimerStore;
  readonly timerChanges: Pick<TimerChanges, "changed">;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: House["disk"];
}

export function openSecretsDeps({ database, timerChanges, clock, random, disk }: TimersHouse): SecretsDeps {
  return {
    secrets: new SecretStore(database),
    versions: new SecretVersionStore(database),
    timers: new TimerStore(database),
    timerChanges,
    clock,
    random,
    disk,
  };
}
