import { bool, choice, double, METRIC_UNITS, structure, structures, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import {
  groupNotFound,
  InvalidParameterException,
  LimitExceededException,
  ResourceNotFoundException,
} from "../errors.ts";
import { checkPattern } from "../filters/checkPattern.ts";
import { checkTransformation } from "../filters/checkTransformation.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

/** AWS's limit per group. */
const MAX_FILTERS = 100;

const MetricTransformation = structure({
  metricName: text({ max: 255, pattern: "[^:*$]*" }),
  metricNamespace: text({ max: 255, pattern: "[^:*$]*" }),
  metricValue: text({ max: 100 }),
  defaultValue: double().optional(),
  dimensions: z.record(text({ max: 255 }), text({ max: 255 })).optional(),
  unit: choice(METRIC_UNITS).optional(),
});

export const putMetricFilter = operation({
  name: "PutMetricFilter",
  input: structure({
    logGroupName: words.LogGroupName,
    filterName: words.FilterName,
    filterPattern: words.FilterPattern,
    metricTransformations: structures(MetricTransformation, { min: 1, max: 1 }),
    applyOnTransformedLogs: bool().optional(),
    fieldSelectionCriteria: text({ max: 2000 }).optional(),
    emitSystemFieldDimensions: z.array(z.string()).optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException, LimitExceededException],
  async handle(input, context, deps: Pick<LogsDeps, "groups" | "filters" | "clock">) {
    words.refuseTransformedLogs(input, input.emitSystemFieldDimensions);
    const { logGroupName, filterName, filterPattern, metricTransformations } = input;
    const { id } = await findGroup(deps, context, logGroupName);
    await checkPattern(deps, id, filterName, filterPattern);
    for (const transformation of metricTransformations) checkTransformation(transformation, filterPattern);
    const filter = { filterName, filterPattern, metricTransformations, creationTime: deps.clock.now() };
    const outcome = await deps.filters.putMetric(id, filter, MAX_FILTERS);
    if (outcome === "missing") throw groupNotFound();
    if (outcome === "full") throw new LimitExceededException("Resource limit exceeded.");
    return undefined;
  },
});
