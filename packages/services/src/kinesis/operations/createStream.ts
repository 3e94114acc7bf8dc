import { integer, structure } from "@hearth/model";
import { evenRanges } from "@hearth/streams";
import { operation } from "@hearth/wire";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, LimitExceededException, ResourceInUseException } from "../errors.ts";
import { checkShardLimit, ON_DEMAND_LIMIT, ON_DEMAND_SHARDS } from "../resharding.ts";
import { checkTags } from "../tagging.ts";
import * as words from "../words.ts";

export const createStream = operation({
  name: "CreateStream",
  input: structure({
    StreamName: words.StreamName,
    ShardCount: integer({ min: 1 }).optional(),
    StreamModeDetails: words.StreamModeDetails.optional(),
    Tags: words.Tags.optional(),
    MaxRecordSizeInKiB: integer({ min: 1024, max: 10_240 }).optional(),
  }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceInUseException],
  async handle(input, { accountId, region }, { streams }: Pick<KinesisDeps, "streams">) {
    const { StreamName, ShardCount, StreamModeDetails, Tags: tags = {}, MaxRecordSizeInKiB = 1024 } = input;
    const mode = StreamModeDetails?.StreamMode ?? "PROVISIONED";
    if (mode === "PROVISIONED" && ShardCount === undefined) {
      throw new InvalidArgumentException("ShardCount must be specified for a stream in PROVISIONED mode.");
    }
    if (mode === "ON_DEMAND" && ShardCount !== undefined) {
      throw new InvalidArgumentException("ShardCount must not be specified for a stream in ON_DEMAND mode.");
    }
    checkTags(tags);
    const key = { accountId, region, StreamName };
    const count = ShardCount ?? ON_DEMAND_SHARDS;
    const open = await streams.store.openShards(key);
    checkShardLimit(accountId, region, open.shards, count);
    if (mode === "ON_DEMAND" && open.onDemand >= ON_DEMAND_LIMIT) {
      throw new LimitExceededException(`An account can have at most ${ON_DEMAND_LIMIT} streams in ON_DEMAND mode.`);
    }
    const shards = evenRanges(count).map((range) => ({ ...range, parents: [] }));
    const created = await streams.store.create(key, { mode, tags, maxRecordKib: MaxRecordSizeInKiB }, shards);
    streams.directory.forget(key);
    if (!created) throw new ResourceInUseException(`Stream ${StreamName} under account ${accountId} already exists.`);
    return undefined;
  },
});
