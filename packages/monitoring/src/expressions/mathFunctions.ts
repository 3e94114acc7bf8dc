import { type Expression, ExpressionError } from "./expression.ts";
import { combine, mapSeries, periodOf, type TimeSeries, type Value } from "./timeSeries.ts";

/** What functions are evaluated with. */
export interface MathScope {
  /** Every metric of the request that is no expression. */
  readonly metrics: readonly TimeSeries[];
  /** The time that is asked for, in seconds since the epoch: from `from`, before `until`. */
  readonly from: number;
  readonly until: number;
  readonly evaluate: (expression: Expression) => Value;
}

/** Of one series that has a value at each time. */
const MAX_TIMES = 100_800;

type MathFunction = (args: readonly Expression[], scope: MathScope) => Value;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]): number => sum(values) / values.length;
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

function deviation(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
}

const asNumber = (value: number): Value => ({ kind: "number", value: Number.isFinite(value) ? value : 0 });
const asSeries = (series: TimeSeries): Value => ({ kind: "series", series });

/** Of one series a number, of several a series with a value for each time. */
function aggregate(name: string, make: (values: readonly number[]) => number): MathFunction {
  return (args, scope) => {
    const value = only(name, args, scope);
    if (value.kind === "list") return asSeries(combine(value.list, name, make));
    return value.kind === "series" ? asNumber(make([...value.series.points.values()])) : value;
  };
}

/** Of each value a value. */
function eachValue(name: string, make: (value: number) => number): MathFunction {
  return (args, scope) => {
    const value = only(name, args, scope);
    if (value.kind === "number") return asNumber(make(value.value));
    if (value.kind === "series") return asSeries(mapSeries(value.series, make));
    return { kind: "list", list: value.list.map((series) => mapSeries(series, make)) };
  };
}

/** Of each value but the first, and the value before it. */
function pairs(name: string, make: (step: number, seconds: number) => number): MathFunction {
  const ofOne = (series: TimeSeries): TimeSeries => {
    let before: readonly [number, number] | undefined;
    return mapSeries(series, (value, at) => {
      const made = before && make(value - before[1], at - before[0]);
      before = [at, value];
      return made;
    });
  };
  return (args, scope) => {
    const value = only(name, args, scope);
    if (value.kind === "list") return { kind: "list", list: value.list.map(ofOne) };
    return asSeries(ofOne(seriesIn(name, value)));
  };
}

function only(name: string, args: readonly Expression[], { evaluate }: MathScope): Value {
  const [first, ...others] = args;
  if (!first || others.length > 0) throw new ExpressionError(`${name} takes one argument`);
  return evaluate(first);
}

function seriesIn(name: string, value: Value | undefined): TimeSeries {
  if (value?.kind !== "series") throw new ExpressionError(`${name} takes a time series`);
  return value.series;
}

/** A value at each time at which there could be one. */
function everyTime(
  { from, until }: MathScope,
  period: number,
  of: (at: number) => number | undefined,
): Map<number, number> {
  if ((until - from) / period > MAX_TIMES) throw new ExpressionError("the time is too long for the period");
  const points = new Map<number, number>();
  for (let at = Math.ceil(from / period) * period; at < until; at += period) {
    const value = of(at);
    if (value !== undefined && Number.isFinite(value)) points.set(at, value);
  }
  return points;
}

function fill(args: readonly Expression[], scope: MathScope): Value {
  const [first, second, ...others] = args;
  if (!first || !second || others.length > 0) throw new ExpressionError("FILL takes two arguments");
  const target = scope.evaluate(first);
  const fillOne = (series: TimeSeries): TimeSeries => ({ ...series, points: filled(series, second, scope) });
  if (target.kind === "list") return { kind: "list", list: target.list.map(fillOne) };
  return asSeries(fillOne(seriesIn("FILL", target)));
}

function filled(series: TimeSeries, by: Expression, scope: MathScope): ReadonlyMap<number, number> {
  const { points, period } = series;
  if (by.kind === "word" && by.word === "REPEAT") {
    let last: number | undefined;
    return everyTime(scope, period, (at) => (last = points.get(at) ?? last));
  }
  if (by.kind === "word" && by.word === "LINEAR") return linear(series, scope);
  const value = scope.evaluate(by);
  if (value.kind === "list") throw new ExpressionError("FILL fills with a number, a time series, REPEAT or LINEAR");
  return everyTime(
    scope,
    period,
    (at) => points.get(at) ?? (value.kind === "number" ? value.value : value.series.points.get(at)),
  );
}

function linear({ points, period }: TimeSeries, scope: MathScope): ReadonlyMap<number, number> {
  const times = [...points.keys()];
  let next = 0;
  return everyTime(scope, period, (at) => {
    while (next < times.length && (times[next] as number) < at) next++;
    const [left, right] = [times[next - 1], times[next]];
    if (right === at) return points.get(at);
    if (left === undefined || right === undefined) return undefined;
    const [from, to] = [points.get(left) as number, points.get(right) as number];
    return from + ((to - from) * (at - left)) / (right - left);
  });
}

function choose(args: readonly Expression[], scope: MathScope): Value {
  const [condition, then, otherwise, ...others] = args;
  if (!condition || !then || others.length > 0) throw new ExpressionError("IF takes two or three arguments");
  const test = scope.evaluate(condition);
  const branches = [scope.evaluate(then), otherwise && scope.evaluate(otherwise)] as const;
  if (test.kind === "number") {
    const taken = branches[test.value === 0 ? 1 : 0];
    return taken ?? asSeries({ label: "IF", period: 1, points: new Map() });
  }
  const valueAt = (branch: Value | undefined, at: number): number | undefined => {
    if (branch?.kind === "number") return branch.value;
    return branch && seriesIn("IF", branch).points.get(at);
  };
  return asSeries(mapSeries(seriesIn("IF", test), (value, at) => valueAt(branches[value === 0 ? 1 : 0], at)));
}

function metricsOf(args: readonly Expression[], { metrics }: MathScope): Value {
  const [like] = args;
  if (!like) return { kind: "list", list: metrics };
  if (like.kind !== "text" || args.length > 1) throw new ExpressionError("METRICS takes a text");
  return { kind: "list", list: metrics.filter(({ label }) => label.includes(like.text)) };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list */
export const MATH_FUNCTIONS: ReadonlyMap<string, MathFunction> = new Map<string, MathFunction>([
  ["SUM", aggregate("SUM", sum)],
  ["AVG", aggregate("AVG", average)],
  ["MIN", aggregate("MIN", least)],
  ["MAX", aggregate("MAX", greatest)],
  ["STDDEV", aggregate("STDDEV", deviation)],
  ["DATAPOINT_COUNT", aggregate("DATAPOINT_COUNT", (values) => values.length)],
  ["ABS", eachValue("ABS", Math.abs)],
  ["CEIL", eachValue("CEIL", Math.ceil)],
  ["FLOOR", eachValue("FLOOR", Math.floor)],
  ["LOG", eachValue("LOG", Math.log)],
  ["LOG10", eachValue("LOG10", Math.log10)],
  ["DIFF", pairs("DIFF", (step) => step)],
  ["DIFF_TIME", pairs("DIFF_TIME", (_step, seconds) => seconds)],
  ["RATE", pairs("RATE", (step, seconds) => step / seconds)],
  ["FILL", fill],
  ["IF", choose],
  ["METRICS", metricsOf],
  ["METRIC_COUNT", (args, scope) => asNumber(listIn(only("METRIC_COUNT", args, scope)).length)],
  ["PERIOD", (args, scope) => asNumber(periodOf(listIn(only("PERIOD", args, scope))))],
  [
    "RUNNING_SUM",
    (args, scope) => {
      let total = 0;
      return asSeries(
        mapSeries(seriesIn("RUNNING_SUM", only("RUNNING_SUM", args, scope)), (value) => (total += value)),
      );
    },
  ],
  [
    "TIME_SERIES",
    (args, scope) => {
      const value = only("TIME_SERIES", args, scope);
      if (value.kind !== "number") throw new ExpressionError("TIME_SERIES takes a number");
      const period = scope.metrics.length > 0 ? periodOf(scope.metrics) : 60;
      return asSeries({ label: "TIME_SERIES", period, points: everyTime(scope, period, () => value.value) });
    },
  ],
]);

function listIn(value: Value): readonly TimeSeries[] {
  if (value.kind === "list") return value.list;
  if (value.kind === "series") return [value.series];
  throw new ExpressionError("a time series is expected");
}
