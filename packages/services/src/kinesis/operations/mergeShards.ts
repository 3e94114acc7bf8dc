import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import { findShard, merge } from "../resharding.ts";
import * as words from "../words.ts";

export const mergeShards = operation({
  name: "MergeShards",
  input: structure({ ...words.NamedStream, ShardToMerge: words.ShardId, AdjacentShardToMerge: words.ShardId }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const key = streamKey(context, input);
    const stream = await streams.store.reshard(key, (found, shards) =>
      merge(findShard(shards, input.ShardToMerge, found), findShard(shards, input.AdjacentShardToMerge, found), found),
    );
    if (!stream) throw streamNotFound(key);
    streams.changed(stream);
    return undefined;
  },
});
