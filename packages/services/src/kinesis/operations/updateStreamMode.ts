import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import { ON_DEMAND_LIMIT } from "../resharding.ts";
import * as words from "../words.ts";

export const updateStreamMode = operation({
  name: "UpdateStreamMode",
  input: structure({ StreamARN: words.StreamARN, StreamModeDetails: words.StreamModeDetails }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle({ StreamARN, StreamModeDetails }, context, { streams }: Pick<KinesisDeps, "streams">) {
    const key = streamKey(context, { StreamARN });
    const mode = StreamModeDetails.StreamMode;
    const { onDemand } = await streams.store.openShards(key);
    const changed = await streams.store.change(key, (stream) => {
      if (mode === "ON_DEMAND" && stream.mode !== mode && onDemand >= ON_DEMAND_LIMIT) {
        throw new LimitExceededException(`An account can have at most ${ON_DEMAND_LIMIT} streams in ON_DEMAND mode.`);
      }
      return { mode };
    });
    streams.directory.forget(key);
    if (!changed) throw streamNotFound(key);
    return undefined;
  },
});
