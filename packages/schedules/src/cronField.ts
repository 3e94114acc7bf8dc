/** What one of the six fields may hold. */
export interface FieldRange {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  /** Names of the values, the first one for `lowest`. */
  readonly names?: readonly string[];
  /** Whether a range may run over the end, as FRI-MON or 22-2 do. Years do not come again. */
  readonly wraps: boolean;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** docs: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based */
export const MINUTES: FieldRange = { name: "Minutes", lowest: 0, highest: 59, wraps: true };
export const HOURS: FieldRange = { name: "Hours", lowest: 0, highest: 23, wraps: true };
export const DAYS_OF_MONTH: FieldRange = { name: "Day-of-month", lowest: 1, highest: 31, wraps: true };
export const MONTHS_OF_YEAR: FieldRange = { name: "Month", lowest: 1, highest: 12, names: MONTHS, wraps: true };
/** 1 is Sunday, 7 is Saturday. */
export const DAYS_OF_WEEK: FieldRange = { name: "Day-of-week", lowest: 1, highest: 7, names: DAYS, wraps: true };
export const YEARS: FieldRange = { name: "Year", lowest: 1970, highest: 2199, wraps: false };

/** Thrown with the reason alone; parseSchedule adds the expression. */
export class FieldError extends Error {}

export function fieldError(range: FieldRange, item: string): FieldError {
  return new FieldError(`${range.name} cannot be "${item}"`);
}

/** A value of the field: a number in its range, or one of its names in either case. */
export function valueIn(range: FieldRange, text: string): number | undefined {
  const index = range.names?.indexOf(text.toUpperCase()) ?? -1;
  if (index >= 0) return range.lowest + index;
  if (!/^[0-9]{1,4}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= range.lowest && value <= range.highest ? value : undefined;
}

/** Adds to `into` what one item of a list names: `*`, `5`, `5-10`, and each of them with a step such as `/15`. */
export function addValues(range: FieldRange, item: string, into: Set<number>): void {
  const [span = "", stepText, ...more] = item.split("/");
  const step = stepText === undefined ? 1 : stepOf(range, stepText);
  if (step === undefined || more.length > 0) throw fieldError(range, item);
  const [first, last] = ends(range, span, stepText !== undefined) ?? [];
  if (first === undefined || last === undefined) throw fieldError(range, item);
  const size = range.highest - range.lowest + 1;
  const end = last < first ? last + size : last;
  for (let at = first; at <= end; at += step) into.add(at > range.highest ? at - size : at);
}

function stepOf(range: FieldRange, text: string): number | undefined {
  if (!/^[0-9]{1,4}$/.test(text)) return undefined;
  const step = Number(text);
  return step >= 1 && step <= range.highest ? step : undefined;
}

function ends(range: FieldRange, span: string, hasStep: boolean): readonly [number, number] | undefined {
  if (span === "*") return [range.lowest, range.highest];
  const dash = span.indexOf("-");
  const first = valueIn(range, dash < 0 ? span : span.slice(0, dash));
  if (first === undefined) return undefined;
  if (dash < 0) return [first, hasStep ? range.highest : first];
  const last = valueIn(range, span.slice(dash + 1));
  if (last === undefined || (last < first && !range.wraps)) return undefined;
  return [first, last];
}

/** The values of a field without special signs, in ascending order. */
export function valuesOf(range: FieldRange, field: string): readonly number[] {
  const values = new Set<number>();
  for (const item of field.split(",")) addValues(range, item, values);
  return [...values].sort((a, b) => a - b);
}
