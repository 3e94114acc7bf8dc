import { bool, structure, structures, ThrottlingException } from "@hearth/model";
import { TooManyMetricSeries } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { CloudWatchDeps } from "../deps.ts";
import {
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  LimitExceededFault,
  MissingRequiredParameterException,
} from "../errors.ts";
import { toPoint } from "../metricData.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

const MAX_DATA = 1_000;

/** `EntityMetricData` is stored as other data are. Of the entity itself only the shape is checked, because Hearth has no entities. */
export const putMetricData = operation({
  name: "PutMetricData",
  isDataEvent: true,
  input: structure({
    Namespace: words.Namespace,
    MetricData: structures(words.MetricDatum).optional(),
    EntityMetricData: structures(structure({ MetricData: structures(words.MetricDatum).optional() })).optional(),
    StrictEntityValidation: bool().optional(),
  }),
  errors: [
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    LimitExceededFault,
    MissingRequiredParameterException,
    ThrottlingException,
  ],
  async handle(input, { accountId, region }, deps: Pick<CloudWatchDeps, "points" | "clock" | "disk">) {
    const { Namespace, MetricData = [], EntityMetricData = [] } = input;
    if (Namespace.startsWith("AWS/")) {
      throw new InvalidParameterValueException("The value AWS/ for parameter Namespace is invalid.");
    }
    const data = [
      ...MetricData.map((datum, at) => ({ datum, name: `MetricData.member.${at + 1}` })),
      ...EntityMetricData.flatMap((entity, of) =>
        (entity.MetricData ?? []).map((datum, at) => ({
          datum,
          name: `EntityMetricData.member.${of + 1}.MetricData.member.${at + 1}`,
        })),
      ),
    ];
    if (data.length === 0) throw new MissingRequiredParameterException("The parameter MetricData is required.");
    if (data.length > MAX_DATA) {
      throw new InvalidParameterValueException(
        `The collection MetricData must not have a size greater than ${MAX_DATA}.`,
      );
    }
    const now = deps.clock.now();
    const points = data.map(({ datum, name }) => toPoint(datum, name, { accountId, region, Namespace }, now));
    refuseWhenDiskIsShort(deps);
    try {
      await deps.points.add(points);
    } catch (error) {
      if (!(error instanceof TooManyMetricSeries)) throw error;
      throw new LimitExceededFault(`An account can have ${error.limit} metrics with values in the last 15 days.`);
    }
    return undefined;
  },
});
