import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import * as words from "../words.ts";

const MIN_HOURS = 24;

export const decreaseStreamRetentionPeriod = operation({
  name: "DecreaseStreamRetentionPeriod",
  input: structure({ ...words.NamedStream, RetentionPeriodHours: integer() }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const hours = input.RetentionPeriodHours;
    const key = streamKey(context, input);
    if (hours < MIN_HOURS) {
      throw new InvalidArgumentException(
        `Minimum allowed retention period is ${MIN_HOURS} hours. Requested retention period (${hours} hours) is too short.`,
      );
    }
    const changed = await streams.store.change(key, ({ retentionHours }) => {
      if (hours > retentionHours) {
        throw new InvalidArgumentException(
          `Requested retention period (${hours} hours) for stream ${key.StreamName} can not be longer than existing retention period (${retentionHours} hours). Use IncreaseStreamRetentionPeriod API.`,
        );
      }
      return { retentionHours: hours };
    });
    if (!changed) throw streamNotFound(key);
    streams.changed({ ...key, id: changed.id });
    return undefined;
  },
});
