import { choice, integer, structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { findStream, streamNotFound } from "../findStream.ts";
import { checkShardLimit, openShards, scale } from "../resharding.ts";
import * as words from "../words.ts";

export const updateShardCount = operation({
  name: "UpdateShardCount",
  input: structure({
    ...words.NamedStream,
    TargetShardCount: integer({ min: 1 }),
    ScalingType: choice(["UNIFORM_SCALING"]),
  }),
  output: structure({
    StreamName: z.string(),
    StreamARN: z.string(),
    CurrentShardCount: z.number(),
    TargetShardCount: z.number(),
  }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const { TargetShardCount } = input;
    const stream = await findStream({ streams }, context, input);
    if (stream.mode === "ON_DEMAND") {
      throw new ValidationException(
        `Request is invalid. Stream ${stream.StreamName} under account ${stream.accountId} is in On-Demand mode.`,
      );
    }
    const { shards } = await streams.store.openShards(stream);
    let before = 0;
    const changed = await streams.store.reshard(stream, (_found, all) => {
      before = openShards(all).length;
      checkShardLimit(stream.accountId, stream.region, shards, TargetShardCount - before);
      return scale(all, TargetShardCount);
    });
    if (!changed) throw streamNotFound(stream);
    streams.changed(stream);
    return { StreamName: stream.StreamName, StreamARN: stream.arn, CurrentShardCount: before, TargetShardCount };
  },
});
