import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { streamKey, streamNotFound } from "../findStream.ts";
import { withMetrics } from "../shardLevelMetrics.ts";
import { streamArn } from "@hearth/streams";
import * as words from "../words.ts";

export const enableEnhancedMonitoring = operation({
  name: "EnableEnhancedMonitoring",
  input: structure({ ...words.NamedStream, ShardLevelMetrics: words.ShardLevelMetrics }),
  output: structure({
    StreamName: z.string(),
    StreamARN: z.string(),
    CurrentShardLevelMetrics: z.array(z.string()),
    DesiredShardLevelMetrics: z.array(z.string()),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const key = streamKey(context, input);
    let before: readonly string[] = [];
    const changed = await streams.store.change(key, ({ metrics }) => {
      before = metrics;
      return { metrics: withMetrics(metrics, input.ShardLevelMetrics) };
    });
    streams.directory.forget(key);
    if (!changed) throw streamNotFound(key);
    return {
      StreamName: key.StreamName,
      StreamARN: streamArn(key),
      CurrentShardLevelMetrics: [...before],
      DesiredShardLevelMetrics: [...changed.metrics],
    };
  },
});
