import { type AccountRegion, encodeCursor, integer, structure, text, ValidationException } from "@hearth/model";
import { type MetricQuery, type TimeSeries, type Value } from "@hearth/monitoring";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidNextToken, InvalidParameterValueException } from "../errors.ts";
import { keyIn } from "../paging.ts";
import { toQueries, toValidationError } from "../queries.ts";
import * as words from "../words.ts";

const MAX_POINTS = 100_800;

export const getMetricData = operation({
  name: "GetMetricData",
  input: structure({
    MetricDataQueries: words.MetricDataQueries,
    StartTime: words.Time,
    EndTime: words.Time,
    NextToken: text().optional(),
    ScanBy: words.ScanBy.optional(),
    MaxDatapoints: integer({ min: 1, max: MAX_POINTS }).optional(),
    LabelOptions: structure({ Timezone: text().optional() }).optional(),
  }),
  output: structure({
    MetricDataResults: z.array(
      structure({
        Id: z.string(),
        Label: z.string(),
        Timestamps: z.array(z.date()),
        Values: z.array(z.number()),
        StatusCode: z.string(),
      }),
    ),
    NextToken: z.string().optional(),
    Messages: z.array(structure({ Code: z.string(), Value: z.string() })),
  }),
  errors: [InvalidNextToken, InvalidParameterValueException, ValidationException],
  async handle(input, { accountId, region }, { reader, clock }: Pick<CloudWatchDeps, "reader" | "clock">) {
    const { StartTime, EndTime, NextToken, ScanBy = "TimestampDescending", MaxDatapoints = MAX_POINTS } = input;
    const range = {
      from: Math.floor(StartTime.getTime() / 1000),
      until: Math.ceil(EndTime.getTime() / 1000),
      now: Math.floor(clock.now() / 1000),
    };
    if (range.from >= range.until) {
      throw new ValidationException("The parameter EndTime must be greater than StartTime.");
    }
    const queries = toQueries(input.MetricDataQueries, "MetricDataQueries");
    const skip = keyIn(NextToken, "number", 0);
    const values = await evaluate(reader, { accountId, region }, queries, range);
    const shown = queries
      .filter(({ ReturnData = true }) => ReturnData)
      .flatMap(({ Id }) => seriesOf(Id, values.get(Id)).map((series) => ({ Id, series })));
    const { results, isLast } = resultsOf(shown, {
      skip,
      limit: MaxDatapoints,
      isDescending: ScanBy === "TimestampDescending",
    });
    return {
      MetricDataResults: results,
      ...(!isLast && { NextToken: encodeCursor([skip + MaxDatapoints]) }),
      Messages: [],
    };
  },
});

async function evaluate(
  reader: CloudWatchDeps["reader"],
  where: AccountRegion,
  queries: readonly MetricQuery[],
  range: { readonly from: number; readonly until: number; readonly now: number },
): Promise<ReadonlyMap<string, Value>> {
  try {
    return await reader.evaluate(where, queries, range);
  } catch (error) {
    throw toValidationError(error, "MetricDataQueries");
  }
}

function seriesOf(Id: string, value: Value | undefined): readonly TimeSeries[] {
  if (value?.kind === "series") return [value.series];
  if (value?.kind === "list") return value.list;
  throw new ValidationException(`Error in MetricDataQueries: the expression '${Id}' does not return a time series.`);
}

/** A page of datapoints, counted over all series. Every series that has datapoints on the page, or none at all, is in it. */
function resultsOf(
  shown: readonly { readonly Id: string; readonly series: TimeSeries }[],
  { skip, limit, isDescending }: { readonly skip: number; readonly limit: number; readonly isDescending: boolean },
) {
  let before = 0;
  const results = shown.flatMap(({ Id, series }) => {
    const points = [...series.points];
    if (isDescending) points.reverse();
    const start = before;
    before += points.length;
    const page = points.slice(Math.max(0, skip - start), Math.max(0, skip + limit - start));
    if (page.length === 0 && (points.length > 0 || skip > 0)) return [];
    return [
      {
        Id,
        Label: series.label,
        Timestamps: page.map(([at]) => new Date(at * 1000)),
        Values: page.map(([, value]) => value),
        StatusCode: before > skip + limit ? "PartialData" : "Complete",
      },
    ];
  });
  return { results, isLast: before <= skip + limit };
}
