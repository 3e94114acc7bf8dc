import { daysOf, type DaysOf } from "./cronDays.ts";
import { FieldError, HOURS, MINUTES, MONTHS_OF_YEAR, valuesOf, YEARS } from "./cronField.ts";

const MINUTE_MS = 60_000;

/**
 * The six fields of cron(…), without any time zone: it speaks of the time that a clock on the wall shows.
 * Wall times are numbers of milliseconds, as if the wall showed UTC.
 */
export class CronExpression {
  readonly #minutes: readonly number[];
  readonly #hours: readonly number[];
  readonly #months: readonly number[];
  readonly #years: readonly number[];
  readonly #daysOf: DaysOf;

  /** Throws FieldError. */
  constructor(text: string) {
    const fields = text.trim().split(/\s+/);
    if (fields.length !== 6) throw new FieldError(`cron has six fields, not ${text.trim() === "" ? 0 : fields.length}`);
    const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    this.#minutes = valuesOf(MINUTES, minutes);
    this.#hours = valuesOf(HOURS, hours);
    this.#months = valuesOf(MONTHS_OF_YEAR, month);
    this.#years = valuesOf(YEARS, year);
    this.#daysOf = daysOf(dayOfMonth, dayOfWeek);
  }

  /**
   * The first wall time after this one, or undefined when there is none before 2200.
   * It looks at each month of each year once at most (2,760 of them), so an expression that never occurs costs about a millisecond.
   */
  next(afterWallMs: number): number | undefined {
    const from = new Date(Math.floor(afterWallMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
    const start = [from.getUTCFullYear(), from.getUTCMonth() + 1, from.getUTCDate()] as const;
    for (const year of this.#years) {
      if (year < start[0]) continue;
      for (const month of this.#months) {
        const isStartMonth = year === start[0] && month === start[1];
        if (year === start[0] && month < start[1]) continue;
        for (const day of this.#daysOf(year, month)) {
          if (isStartMonth && day < start[2]) continue;
          const isStartDay = isStartMonth && day === start[2];
          const time = this.#timeOfDay(isStartDay ? from.getUTCHours() * 60 + from.getUTCMinutes() : 0);
          if (time !== undefined) return Date.UTC(year, month - 1, day) + time * MINUTE_MS;
        }
      }
    }
    return undefined;
  }

  /** The first minute of the day, from this one on. */
  #timeOfDay(fromMinute: number): number | undefined {
    for (const hour of this.#hours) {
      if (hour * 60 + 59 < fromMinute) continue;
      const minute = this.#minutes.find((each) => hour * 60 + each >= fromMinute);
      if (minute !== undefined) return hour * 60 + minute;
    }
    return undefined;
  }
}
