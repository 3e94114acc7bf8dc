import { addValues, DAYS_OF_MONTH, DAYS_OF_WEEK, fieldError, FieldError, valueIn } from "./cronField.ts";

/** The days of a month on which an expression runs, in ascending order. `month` is 1 to 12. */
export type DaysOf = (year: number, month: number) => readonly number[];

/** One condition: whether it holds on a day. `weekday` is 1 (Sunday) to 7; `length` is the number of days of the month. */
type DayRule = (day: number, weekday: number, length: number) => boolean;

/**
 * Reads Day-of-month and Day-of-week: one of them is `?`, the other decides.
 * docs: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function daysOf(dayOfMonth: string, dayOfWeek: string): DaysOf {
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    throw new FieldError("exactly one of Day-of-month and Day-of-week must be ?");
  }
  const rules = dayOfWeek === "?" ? monthRules(dayOfMonth) : weekRules(dayOfWeek);
  return (year, month) => {
    const length = daysIn(year, month);
    const firstWeekday = weekdayOf(year, month, 1);
    const days: number[] = [];
    for (let day = 1; day <= length; day++) {
      const weekday = ((firstWeekday - 1 + day - 1) % 7) + 1;
      if (rules.some((holds) => holds(day, weekday, length))) days.push(day);
    }
    return days;
  };
}

function monthRules(field: string): readonly DayRule[] {
  const plain = new Set<number>();
  const rules: DayRule[] = [(day) => plain.has(day)];
  for (const item of field.split(",")) {
    const upper = item.toUpperCase();
    if (upper === "L") rules.push((day, _weekday, length) => day === length);
    else if (upper === "LW" || upper === "WL") {
      rules.push((day, weekday, length) => day === nearestWeekday(length, weekdayBack(weekday, day, length), length));
    } else if (upper.endsWith("W")) rules.push(nearest(item, upper.slice(0, -1)));
    else addValues(DAYS_OF_MONTH, item, plain);
  }
  return rules;
}

/** `15W`: the weekday (Monday to Friday) nearest to the 15th, in the same month. A month without that day has none. */
function nearest(item: string, text: string): DayRule {
  const wanted = valueIn(DAYS_OF_MONTH, text);
  if (wanted === undefined) throw fieldError(DAYS_OF_MONTH, item);
  return (day, weekday, length) =>
    wanted <= length && day === nearestWeekday(wanted, weekdayBack(weekday, day, wanted), length);
}

function weekRules(field: string): readonly DayRule[] {
  const plain = new Set<number>();
  const rules: DayRule[] = [(_day, weekday) => plain.has(weekday)];
  for (const item of field.split(",")) {
    const hash = item.indexOf("#");
    if (item.toUpperCase() === "L") plain.add(DAYS_OF_WEEK.highest);
    else if (hash >= 0) rules.push(nth(item, item.slice(0, hash), item.slice(hash + 1)));
    else if (/^.+[Ll]$/.test(item)) rules.push(last(item, item.slice(0, -1)));
    else addValues(DAYS_OF_WEEK, item, plain);
  }
  return rules;
}

/** `3#2`: the second Tuesday of the month. */
function nth(item: string, weekdayText: string, nthText: string): DayRule {
  const wanted = valueIn(DAYS_OF_WEEK, weekdayText);
  if (wanted === undefined || !/^[1-5]$/.test(nthText)) throw fieldError(DAYS_OF_WEEK, item);
  const week = Number(nthText);
  return (day, weekday) => weekday === wanted && Math.ceil(day / 7) === week;
}

/** `6L`: the last Friday of the month. */
function last(item: string, weekdayText: string): DayRule {
  const wanted = valueIn(DAYS_OF_WEEK, weekdayText);
  if (wanted === undefined) throw fieldError(DAYS_OF_WEEK, item);
  return (day, weekday, length) => weekday === wanted && day > length - 7;
}

/** The weekday of `other`, from that of `day` in the same month. */
function weekdayBack(weekday: number, day: number, other: number): number {
  return ((((weekday - 1 + other - day) % 7) + 7) % 7) + 1;
}

function nearestWeekday(day: number, weekday: number, length: number): number {
  if (weekday === 7) return day === 1 ? 3 : day - 1;
  if (weekday === 1) return day === length ? day - 2 : day + 1;
  return day;
}

export function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}
