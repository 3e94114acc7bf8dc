import { choice, structure } from "@hearth/model";
import { firstSeqOf, type KinesisShard } from "@hearth/store";
import { parseSequenceNumber, shardIdOf, type Stream } from "@hearth/streams";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { findStream } from "../findStream.ts";
import { findShard } from "../resharding.ts";
import { encodeIterator } from "../shardIterator.ts";
import * as words from "../words.ts";

export const getShardIterator = operation({
  name: "GetShardIterator",
  input: structure({
    ...words.NamedStream,
    ShardId: words.ShardId,
    ShardIteratorType: choice([
      "AT_SEQUENCE_NUMBER",
      "AFTER_SEQUENCE_NUMBER",
      "TRIM_HORIZON",
      "LATEST",
      "AT_TIMESTAMP",
    ]),
    StartingSequenceNumber: words.SequenceNumber.optional(),
    Timestamp: words.Timestamp.optional(),
  }),
  output: structure({ ShardIterator: z.string() }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams, clock }: Pick<KinesisDeps, "streams" | "clock">) {
    const stream = await findStream({ streams }, context, input);
    const shard = findShard(await streams.shards(stream.id), input.ShardId, stream);
    const { accountId, region, StreamName, id: streamId } = stream;
    const afterSeq = beginning(stream, shard, input, clock.now());
    const position = { accountId, region, StreamName, streamId, shardNo: shard.shardNo, afterSeq };
    return { ShardIterator: encodeIterator({ ...position, createdAt: clock.now() }) };
  },
});

interface Start {
  readonly ShardIteratorType: string;
  readonly StartingSequenceNumber?: string | undefined;
  readonly Timestamp?: Date | undefined;
}

/** The place after which reading begins. */
function beginning(stream: Stream, shard: KinesisShard, start: Start, nowMs: number): bigint {
  switch (start.ShardIteratorType) {
    case "TRIM_HORIZON":
      return shard.firstSeq - 1n;
    case "LATEST":
      return shard.lastSeq;
    case "AT_TIMESTAMP": {
      if (!start.Timestamp) {
        throw new InvalidArgumentException(
          "Must either specify timestamp parameter in GetShardIterator with AT_TIMESTAMP.",
        );
      }
      const ms = start.Timestamp.getTime();
      if (ms > nowMs)
        throw new InvalidArgumentException(
          "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis.",
        );
      return firstSeqOf(ms) - 1n;
    }
    default: {
      const text = start.StartingSequenceNumber;
      if (text === undefined) {
        throw new InvalidArgumentException(
          `Must specify startingSequenceNumber parameter in GetShardIterator with ${start.ShardIteratorType}.`,
        );
      }
      const place = text === "0" ? { seq: shard.firstSeq, shardNo: shard.shardNo } : parseSequenceNumber(text);
      if (place?.shardNo !== shard.shardNo) {
        throw new InvalidArgumentException(
          `StartingSequenceNumber ${text} used in GetShardIterator on shard ${shardIdOf(shard.shardNo)} in stream ${stream.StreamName} under account ${stream.accountId} is invalid because it did not come from this stream.`,
        );
      }
      return start.ShardIteratorType === "AT_SEQUENCE_NUMBER" ? place.seq - 1n : place.seq;
    }
  }
}
