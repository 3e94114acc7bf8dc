import { encodeCursor, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

const MAX_FILTERS = 50;

export const describeMetricFilters = operation({
  name: "DescribeMetricFilters",
  input: structure({
    logGroupName: words.LogGroupName.optional(),
    filterNamePrefix: words.FilterName.optional(),
    nextToken: words.NextToken.optional(),
    limit: words.DescribeLimit.optional(),
    metricName: text({ max: 255, pattern: "[^:*$]*" }).optional(),
    metricNamespace: text({ max: 255, pattern: "[^:*$]*" }).optional(),
  }),
  output: structure({
    metricFilters: z.array(
      structure({
        filterName: z.string(),
        filterPattern: z.string(),
        metricTransformations: z.array(
          structure({
            metricName: z.string(),
            metricNamespace: z.string(),
            metricValue: z.string(),
            defaultValue: z.number().optional(),
            dimensions: z.record(z.string(), z.string()).optional(),
            unit: z.string(),
          }),
        ),
        applyOnTransformedLogs: z.boolean(),
        creationTime: z.number(),
        logGroupName: z.string(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<LogsDeps, "groups" | "filters">) {
    const { logGroupName, filterNamePrefix: prefix, metricName, metricNamespace, limit = MAX_FILTERS } = input;
    if ((metricName === undefined) !== (metricNamespace === undefined)) {
      throw new InvalidParameterException("metricName and metricNamespace must be specified together.");
    }
    if (logGroupName !== undefined) await findGroup(deps, context, logGroupName);
    const after =
      input.nextToken === undefined ? (["", ""] as const) : words.decodeToken(input.nextToken, ["string", "string"]);
    const query = { logGroupName, prefix, metricName, metricNamespace, after, limit: limit + 1 };
    const found = await deps.filters.metricFilters(context, query);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      metricFilters: shown.map(({ metricTransformations, ...filter }) => ({
        ...filter,
        metricTransformations: metricTransformations.map(({ unit = "None", ...rest }) => ({ ...rest, unit })),
        applyOnTransformedLogs: false,
      })),
      ...(last ? { nextToken: encodeCursor([last.logGroupName, last.filterName]) } : {}),
    };
  },
});
