import { structure } from "@hearth/model";
import { parseShardId } from "@hearth/streams";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { describedStream, shownShard } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findStream } from "../findStream.ts";
import * as words from "../words.ts";

export const describeStream = operation({
  name: "DescribeStream",
  input: structure({
    ...words.NamedStream,
    Limit: words.PageSize.optional(),
    ExclusiveStartShardId: words.ShardId.optional(),
  }),
  output: structure({
    StreamDescription: structure({ ...words.Described, Shards: z.array(words.Shard), HasMoreShards: z.boolean() }),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const stream = await findStream({ streams }, context, input);
    const limit = Math.min(input.Limit ?? 100, 100);
    const after = input.ExclusiveStartShardId === undefined ? -1 : (parseShardId(input.ExclusiveStartShardId) ?? -1);
    const shards = (await streams.shards(stream.id)).filter(({ shardNo }) => shardNo > after);
    return {
      StreamDescription: {
        ...describedStream(stream),
        Shards: shards.slice(0, limit).map(shownShard),
        HasMoreShards: shards.length > limit,
      },
    };
  },
});
