import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import * as words from "../words.ts";

const MAX_HOURS = 8_760;

export const increaseStreamRetentionPeriod = operation({
  name: "IncreaseStreamRetentionPeriod",
  input: structure({ ...words.NamedStream, RetentionPeriodHours: integer() }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const hours = input.RetentionPeriodHours;
    const key = streamKey(context, input);
    if (hours > MAX_HOURS) {
      throw new InvalidArgumentException(
        `Maximum allowed retention period is ${MAX_HOURS} hours. Requested retention period (${hours} hours) is too long.`,
      );
    }
    const changed = await streams.store.change(key, ({ retentionHours }) => {
      if (hours < retentionHours) {
        throw new InvalidArgumentException(
          `Requested retention period (${hours} hours) for stream ${key.StreamName} can not be shorter than existing retention period (${retentionHours} hours). Use DecreaseStreamRetentionPeriod API.`,
        );
      }
      return { retentionHours: hours };
    });
    if (!changed) throw streamNotFound(key);
    streams.changed({ ...key, id: changed.id });
    return undefined;
  },
});
