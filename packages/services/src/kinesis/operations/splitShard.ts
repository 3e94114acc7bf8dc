import { structure } from "@hearth/model";
import { parseHashKey } from "@hearth/streams";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import { checkShardLimit, findShard, split } from "../resharding.ts";
import * as words from "../words.ts";

export const splitShard = operation({
  name: "SplitShard",
  input: structure({ ...words.NamedStream, ShardToSplit: words.ShardId, NewStartingHashKey: words.HashKey }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const key = streamKey(context, input);
    const at = parseHashKey(input.NewStartingHashKey);
    if (at === undefined) throw new InvalidArgumentException("NewStartingHashKey must be less than 2^128.");
    checkShardLimit(key.accountId, key.region, (await streams.store.openShards(key)).shards, 1);
    const stream = await streams.store.reshard(key, (found, shards) =>
      split(findShard(shards, input.ShardToSplit, found), at, found),
    );
    if (!stream) throw streamNotFound(key);
    streams.changed(stream);
    return undefined;
  },
});
