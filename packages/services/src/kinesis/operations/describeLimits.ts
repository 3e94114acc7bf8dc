import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { ON_DEMAND_LIMIT, SHARD_LIMIT } from "../resharding.ts";

export const describeLimits = operation({
  name: "DescribeLimits",
  input: structure({}),
  output: structure({
    ShardLimit: z.number(),
    OpenShardCount: z.number(),
    OnDemandStreamCount: z.number(),
    OnDemandStreamCountLimit: z.number(),
  }),
  errors: [],
  async handle(_input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const { shards, onDemand } = await streams.store.openShards(context);
    return {
      ShardLimit: SHARD_LIMIT,
      OpenShardCount: shards,
      OnDemandStreamCount: onDemand,
      OnDemandStreamCountLimit: ON_DEMAND_LIMIT,
    };
  },
});
