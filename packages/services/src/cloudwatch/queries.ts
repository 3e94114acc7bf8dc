import { ValidationException } from "@hearth/model";
import { checkQueries, ExpressionError, type MetricQuery, statisticNamed } from "@hearth/monitoring";
import { toDimensions } from "./dimensions.ts";
import type { MetricDataQueriesInput } from "./words.ts";

const ID = /^[a-z][a-zA-Z0-9_]*$/;
const MAX_QUERIES = 500;

/** The queries of GetMetricData or of an alarm, checked. `collection` is the parameter's name, for errors. */
export function toQueries(input: MetricDataQueriesInput, collection: string): readonly MetricQuery[] {
  if (input.length === 0) throw new ValidationException(`The collection ${collection} must not be empty.`);
  if (input.length > MAX_QUERIES) {
    throw new ValidationException(`The collection ${collection} must not have a size greater than ${MAX_QUERIES}.`);
  }
  const queries = input.map((query, at) => toQuery(query, `${collection}.member.${at + 1}`));
  askedOf(collection, () => checkQueries(queries));
  return queries;
}

/** What `work` returns; its ExpressionError becomes the error that clients get. */
export function askedOf<T>(collection: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toValidationError(error, collection);
  }
}

export function toValidationError(error: unknown, collection: string): unknown {
  return error instanceof ExpressionError
    ? new ValidationException(`Error in ${collection}: ${error.message}.`)
    : error;
}

function toQuery(query: MetricDataQueriesInput[number], name: string): MetricQuery {
  const { Id, Label, ReturnData, Period, Expression, MetricStat } = query;
  if (!ID.test(Id)) {
    throw new ValidationException(
      `The value '${Id}' for parameter ${name}.Id is not matching the expected pattern ${ID.source}.`,
    );
  }
  if ((Expression === undefined) === (MetricStat === undefined)) {
    throw new ValidationException(`The parameter ${name} must have exactly one of Expression and MetricStat.`);
  }
  if (Period !== undefined) checkPeriod(Period, `${name}.Period`);
  const common = { Id, Label, ReturnData, Period };
  if (!MetricStat) return { ...common, Expression };
  const { Metric, Stat, Unit } = MetricStat;
  const { Namespace, MetricName } = Metric;
  if (Namespace === undefined || MetricName === undefined) {
    throw new ValidationException(`The parameter ${name}.MetricStat.Metric must have Namespace and MetricName.`);
  }
  checkPeriod(MetricStat.Period, `${name}.MetricStat.Period`);
  if (!statisticNamed(Stat)) {
    throw new ValidationException(`The value ${Stat} for parameter ${name}.MetricStat.Stat is not supported.`);
  }
  const Dimensions = toDimensions(Metric.Dimensions, `${name}.MetricStat.Metric.Dimensions`);
  return { ...common, MetricStat: { Namespace, MetricName, Dimensions, Period: MetricStat.Period, Stat, Unit } };
}

const SHORT_PERIODS: readonly number[] = [1, 5, 10, 20, 30];
const DAY_S = 86_400;

function checkPeriod(period: number, name: string): void {
  if (SHORT_PERIODS.includes(period) || (period % 60 === 0 && period <= 365 * DAY_S)) return;
  throw new ValidationException(`The parameter ${name} must be 1, 5, 10, 20, 30 or a multiple of 60.`);
}
