import { bool, structure, structures, ThrottlingException } from "@hearth/model";
import { TooManyMetricSeries } from "@hearth/store";
import { operation, OutputWithHeaders } from "@hearth/wire";
import type { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { Entity, type EntityFailure, failureOfEntity, MAX_ENTITIES } from "../entity.ts";
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

/**
 * `EntityMetricData` is stored as other data are. Entities are checked as AWS does, and not stored: nothing of Hearth shows them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export const putMetricData = operation({
  name: "PutMetricData",
  isDataEvent: true,
  input: structure({
    Namespace: words.Namespace,
    MetricData: structures(words.MetricDatum).optional(),
    EntityMetricData: structures(
      structure({ Entity: Entity.optional(), MetricData: structures(words.MetricDatum).optional() }),
    ).optional(),
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
    const { Namespace, MetricData = [], EntityMetricData = [], StrictEntityValidation } = input;
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
    if (EntityMetricData.length > 0 && StrictEntityValidation === undefined)
      throw new MissingRequiredParameterException("The parameter StrictEntityValidation is required.");
    if (data.length === 0) throw new MissingRequiredParameterException("The parameter MetricData is required.");
    if (data.length > MAX_DATA) {
      throw new InvalidParameterValueException(
        `The collection MetricData must not have a size greater than ${MAX_DATA}.`,
      );
    }
    const failure = failureOf(EntityMetricData);
    if (failure !== undefined && StrictEntityValidation) {
      throw new InvalidParameterValueException(`The value of the parameter EntityMetricData is invalid: ${failure}.`);
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
    return failure === undefined ? undefined : new OutputWithHeaders(undefined, { "X-Amzn-Failure-Message": failure });
  },
});

function failureOf(
  data: readonly { readonly Entity?: z.output<typeof Entity> | undefined }[],
): EntityFailure | undefined {
  if (data.length > MAX_ENTITIES) return "EntitySizeTooLarge";
  return data.map(({ Entity: one }) => failureOfEntity(one)).find((failure) => failure !== undefined);
}
