import type { Row } from "./row.ts";
import { compareValues, Moment, toNumber, toText, type Value } from "./values.ts";

/** One aggregation of a `stats` command. */
export interface Aggregation {
  /** What is aggregated; absent: the row itself. */
  readonly value: ((row: Row) => Value) | undefined;
  make(): Accumulator;
}

export interface Accumulator {
  /** `at`: the time of the row. */
  add(value: Value, at: number): void;
  result(): Value;
}

interface Kind {
  readonly least: number;
  readonly most: number;
  make(parameter: number): Accumulator;
}

/** Numbers that one percentile keeps; of more it keeps every second, every fourth, and so on. */
const MAX_KEPT = 100_000;

function counting(): Accumulator {
  let count = 0;
  return {
    add: (value) => {
      if (value !== undefined) count++;
    },
    result: () => count,
  };
}

function distinct(): Accumulator {
  const seen = new Set<string>();
  return {
    add: (value) => {
      if (value !== undefined) seen.add(toText(value));
    },
    result: () => seen.size,
  };
}

function numbers(finish: (count: number, sum: number, squares: number) => Value): () => Accumulator {
  return () => {
    let count = 0;
    let sum = 0;
    let squares = 0;
    return {
      add: (value) => {
        const number = toNumber(value);
        if (Number.isNaN(number)) return;
        count++;
        sum += number;
        squares += number * number;
      },
      result: () => (count === 0 ? undefined : finish(count, sum, squares)),
    };
  };
}

function extreme(sign: 1 | -1, isText: boolean): () => Accumulator {
  return () => {
    let best: Value;
    return {
      add: (value) => {
        if (value === undefined || (!isText && Number.isNaN(toNumber(value)))) return;
        if (best === undefined || compareValues(value, best) * sign > 0) best = value;
      },
      result: () => (typeof best === "string" && !isText ? toNumber(best) : best),
    };
  };
}

function byTime(sign: 1 | -1): () => Accumulator {
  return () => {
    let best: Value;
    let bestAt: number | undefined;
    return {
      add: (value, at) => {
        if (value === undefined || (bestAt !== undefined && (at - bestAt) * sign <= 0)) return;
        best = value;
        bestAt = at;
      },
      result: () => best,
    };
  };
}

function percentile(percent: number): Accumulator {
  let kept: number[] = [];
  let every = 1;
  let seen = 0;
  let isTime = false;
  return {
    add: (value) => {
      const number = toNumber(value);
      if (Number.isNaN(number)) return;
      isTime ||= value instanceof Moment;
      if (seen++ % every === 0) kept.push(number);
      if (kept.length <= MAX_KEPT) return;
      kept = kept.filter((_, at) => at % 2 === 0);
      every *= 2;
    },
    result: () => {
      const sorted = kept.toSorted((a, b) => a - b);
      const rank = (percent / 100) * (sorted.length - 1);
      const low = sorted[Math.floor(rank)];
      const high = sorted[Math.ceil(rank)];
      if (low === undefined || high === undefined) return undefined;
      const value = low + (high - low) * (rank - Math.floor(rank));
      return isTime ? new Moment(value) : value;
    },
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html */
export const AGGREGATIONS = {
  count: { least: 0, most: 1, make: counting },
  count_distinct: { least: 1, most: 1, make: distinct },
  sum: { least: 1, most: 1, make: numbers((_, sum) => sum) },
  avg: { least: 1, most: 1, make: numbers((count, sum) => sum / count) },
  stddev: {
    least: 1,
    most: 1,
    make: numbers((count, sum, squares) => Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))),
  },
  min: { least: 1, most: 1, make: extreme(-1, false) },
  max: { least: 1, most: 1, make: extreme(1, false) },
  sortsfirst: { least: 1, most: 1, make: extreme(-1, true) },
  sortslast: { least: 1, most: 1, make: extreme(1, true) },
  earliest: { least: 1, most: 1, make: byTime(-1) },
  latest: { least: 1, most: 1, make: byTime(1) },
  median: { least: 1, most: 1, make: () => percentile(50) },
  pct: { least: 2, most: 2, make: percentile },
} as const satisfies Record<string, Kind>;

export type AggregationName = keyof typeof AGGREGATIONS;
