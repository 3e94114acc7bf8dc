export { InvalidScheduleError } from "./invalidScheduleError.ts";
export { parseRuleSchedule, parseSchedule, type Schedule } from "./parseSchedule.ts";
export { isTimeZone } from "./timeZone.ts";
