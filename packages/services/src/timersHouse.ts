import type { House } from "@hearth/access";
import type { TimerChanges } from "@hearth/timetable";

/** What a service with timers needs of a process, besides what every service needs. */
export interface TimersHouse extends House {
  readonly timerChanges: Pick<TimerChanges, "changed">;
}
