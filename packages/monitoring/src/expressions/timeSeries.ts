/** Values by time, in seconds since the epoch. Times without a value are missing. */
export interface TimeSeries {
  readonly label: string;
  /** In seconds. */
  readonly period: number;
  /** In the order of times. */
  readonly points: ReadonlyMap<number, number>;
}

/** What an expression evaluates to. */
export type Value =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "series"; readonly series: TimeSeries }
  | { readonly kind: "list"; readonly list: readonly TimeSeries[] };

/** A series whose values are made one by one; a value that is no finite number is left out. */
export function mapSeries(series: TimeSeries, make: (value: number, at: number) => number | undefined): TimeSeries {
  const points = new Map<number, number>();
  for (const [at, value] of series.points) {
    const made = make(value, at);
    if (made !== undefined && Number.isFinite(made)) points.set(at, made);
  }
  return { ...series, points };
}

/** Takes the values of several series at each time together. */
export function combine(
  list: readonly TimeSeries[],
  label: string,
  make: (values: readonly number[]) => number,
): TimeSeries {
  const at = new Map<number, number[]>();
  for (const { points } of list) {
    for (const [time, value] of points) {
      const values = at.get(time);
      if (values) values.push(value);
      else at.set(time, [value]);
    }
  }
  const points = new Map<number, number>();
  for (const [time, values] of [...at].sort(([a], [b]) => a - b)) points.set(time, make(values));
  return { label, period: periodOf(list), points };
}

export function periodOf(list: readonly TimeSeries[]): number {
  return list.reduce((longest, { period }) => Math.max(longest, period), 1);
}
