export { ExpressionError } from "./expressions/expression.ts";
export { type TimeSeries, type Value } from "./expressions/timeSeries.ts";
export type { MetricQuery, MetricStat } from "./metricQuery.ts";
export { checkQueries, MetricReader, type MetricReaderDeps, type TimeRange } from "./metricReader.ts";
export { type Statistic, statisticNamed, STATISTICS } from "./statistic.ts";
