export { decide, type Decision, type MissedPolicy, nextOccurrence, type Recurrence } from "./nextOccurrence.ts";
export { Timetable, type TimetableDeps } from "./timetable.ts";
export type { Firing, TimerOwner } from "./timerOwner.ts";
export { TimerChanges } from "./timerChanges.ts";
