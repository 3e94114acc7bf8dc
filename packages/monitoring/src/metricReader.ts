import type { AccountRegion, MetricKey } from "@hearth/model";
import type { MetricPeriod, MetricPointsQuery, MetricPointStore, MetricSeriesStore } from "@hearth/store";
import { type ExpressionScope, evaluateExpression, MAX_COMPUTED_POINTS } from "./expressions/evaluateExpression.ts";
import { ExpressionError, idsIn, usesMetrics } from "./expressions/expression.ts";
import { parseExpression } from "./expressions/parseExpression.ts";
import type { TimeSeries, Value } from "./expressions/timeSeries.ts";
import type { MetricQuery, MetricStat } from "./metricQuery.ts";
import { statisticNamed } from "./statistic.ts";

export interface MetricReaderDeps {
  readonly series: Pick<MetricSeriesStore, "find">;
  readonly points: Pick<MetricPointStore, "read">;
}

/** The time that is asked for, in seconds since the epoch: from `from`, before `until`. */
export interface TimeRange {
  readonly from: number;
  readonly until: number;
  readonly now: number;
  /** Periods begin at `from`. Otherwise they begin at multiples of themselves, as the first one that is asked for. */
  readonly isAnchored?: boolean;
}

/** Of one series; one more than AWS ever answers at once. */
const MAX_POINTS = 100_801;
const AT_A_TIME = 4;
/** Of one request, which holds them in memory: a day of 500 metrics in periods of a minute are 720,000. */
const MAX_READ_POINTS = 2_000_000;

/** Reads metrics: plain ones, and expressions of them. */
export class MetricReader {
  readonly #deps: MetricReaderDeps;

  constructor(deps: MetricReaderDeps) {
    this.#deps = deps;
  }

  /** The periods of one metric; none when there is no such metric. */
  async periods(
    key: MetricKey,
    query: Omit<MetricPointsQuery, "seriesId" | "limit">,
  ): Promise<readonly MetricPeriod[]> {
    const seriesId = await this.#deps.series.find(key);
    if (seriesId === undefined) return [];
    return await this.#deps.points.read({ ...query, seriesId, limit: MAX_POINTS });
  }

  async #plain(where: AccountRegion, stat: MetricStat, label: string, range: TimeRange): Promise<TimeSeries> {
    const { Namespace, MetricName, Dimensions, Period, Stat, Unit } = stat;
    const statistic = statisticNamed(Stat);
    if (!statistic) throw new ExpressionError(`the statistic '${Stat}' is not supported`);
    const key = { accountId: where.accountId, region: where.region, Namespace, MetricName, Dimensions };
    const periods = await this.periods(key, {
      from: range.isAnchored ? range.from : Math.floor(range.from / Period) * Period,
      until: range.until,
      period: Period,
      unit: Unit,
      withBuckets: statistic.needsBuckets,
      now: range.now,
    });
    const points = new Map<number, number>();
    for (const one of periods) {
      const value = statistic.of(one);
      if (value !== undefined) points.set(one.at, value);
    }
    return { label, period: Period, points };
  }

  /** The value of each query, by id. Rejects with ExpressionError. Call `checkQueries` first. */
  async evaluate(
    where: AccountRegion,
    queries: readonly MetricQuery[],
    range: TimeRange,
  ): Promise<ReadonlyMap<string, Value>> {
    const metrics = queries.filter(({ MetricStat }) => MetricStat);
    const values = new Map<string, Value>();
    const plain: TimeSeries[] = [];
    let readPoints = 0;
    for (let start = 0; start < metrics.length; start += AT_A_TIME) {
      const some = metrics.slice(start, start + AT_A_TIME);
      const read = await Promise.all(
        some.map((query) => {
          const stat = query.MetricStat as MetricStat;
          return this.#plain(where, stat, query.Label ?? stat.MetricName, range);
        }),
      );
      some.forEach(({ Id }, at) => values.set(Id, { kind: "series", series: read[at] as TimeSeries }));
      plain.push(...read);
      readPoints += read.reduce((sum, { points }) => sum + points.size, 0);
      if (readPoints > MAX_READ_POINTS)
        throw new ExpressionError(`the request reads more than ${MAX_READ_POINTS} datapoints`);
    }
    const expressions = new Map(
      queries.flatMap((query) =>
        query.Expression === undefined
          ? []
          : [[query.Id, { query, parsed: parseExpression(query.Expression) }] as const],
      ),
    );
    const scope: ExpressionScope = {
      metrics: plain,
      from: range.from,
      until: range.until,
      of: valueOf,
      budget: { points: MAX_COMPUTED_POINTS },
    };
    for (const Id of expressions.keys()) valueOf(Id);
    return values;

    function valueOf(id: string): Value | undefined {
      const known = values.get(id);
      const expression = expressions.get(id);
      if (known || !expression) return known;
      const value = evaluateExpression(expression.parsed, scope);
      const { Label } = expression.query;
      const labelled: Value =
        value.kind === "series" ? { ...value, series: { ...value.series, label: Label ?? id } } : value;
      values.set(id, labelled);
      return labelled;
    }
  }
}

/** Throws ExpressionError when an expression cannot be read, names a query that does not exist, or depends on itself. */
export function checkQueries(queries: readonly MetricQuery[]): void {
  const names = new Map<string, readonly string[]>();
  for (const { Id, Expression } of queries) {
    if (names.has(Id)) throw new ExpressionError(`the id '${Id}' is given twice`);
    const parsed = Expression === undefined ? undefined : parseExpression(Expression);
    names.set(Id, parsed ? idsIn(parsed) : []);
    if (parsed && usesMetrics(parsed) && !queries.some(({ MetricStat }) => MetricStat)) {
      throw new ExpressionError("METRICS is used without a metric");
    }
  }
  const settled = new Set<string>();
  const follow = (id: string, path: readonly string[]): void => {
    if (settled.has(id)) return;
    if (path.includes(id)) throw new ExpressionError(`the expression '${id}' depends on itself`);
    const needed = names.get(id);
    if (!needed) throw new ExpressionError(`there is no metric with the id '${id}'`);
    for (const one of needed) follow(one, [...path, id]);
    settled.add(id);
  };
  for (const id of names.keys()) follow(id, []);
}
