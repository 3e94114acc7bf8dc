import { DEFAULT_BUS } from "@hearth/buses";
import { ValidationException } from "@hearth/model";
import { InvalidScheduleError, parseRuleSchedule } from "@hearth/schedules";

/** Throws AWS's error for a schedule that a rule of the bus cannot have. */
export function checkRuleSchedule(expression: string, bus: string): void {
  if (bus !== DEFAULT_BUS)
    throw new ValidationException("ScheduleExpression is supported only on the default event bus.");
  try {
    parseRuleSchedule(expression);
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    throw new ValidationException("Parameter ScheduleExpression is not valid.");
  }
}
