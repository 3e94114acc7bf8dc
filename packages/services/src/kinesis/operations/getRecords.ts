import { structure } from "@hearth/model";
import { sequenceNumber, shardIdOf } from "@hearth/streams";
import { operation } from "@hearth/wire";
import { text } from "@hearth/model";
import { z } from "zod";
import { shownShard } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import { ExpiredIteratorException, InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { findStream, streamNotFound } from "../findStream.ts";
import { encodeIterator, ITERATOR_MS, positionOf } from "../shardIterator.ts";
import * as words from "../words.ts";

const MAX_RECORDS = 10_000;
const MAX_BYTES = 10 * 1024 * 1024;

export const getRecords = operation({
  name: "GetRecords",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    ShardIterator: text({ min: 1, max: 512 }),
    Limit: words.PageSize.optional(),
    StreamARN: words.StreamARN.optional(),
  }),
  output: structure({
    Records: z.array(
      structure({
        SequenceNumber: z.string(),
        ApproximateArrivalTimestamp: z.date(),
        Data: words.Data,
        PartitionKey: z.string(),
        EncryptionType: z.string().optional(),
      }),
    ),
    NextShardIterator: z.string().optional(),
    MillisBehindLatest: z.number(),
    ChildShards: z.array(words.ChildShard).optional(),
  }),
  errors: [ExpiredIteratorException, InvalidArgumentException, ResourceNotFoundException],
  async handle(
    { ShardIterator, Limit = MAX_RECORDS },
    context,
    { streams, clock }: Pick<KinesisDeps, "streams" | "clock">,
  ) {
    const position = positionOf(ShardIterator, context);
    const nowMs = clock.now();
    if (nowMs - position.createdAt > ITERATOR_MS) {
      throw new ExpiredIteratorException(
        `Iterator expired. The iterator was created at time ${new Date(position.createdAt).toUTCString()} while right now it is ${new Date(nowMs).toUTCString()} which is further in the future than the tolerated delay of ${ITERATOR_MS} milliseconds.`,
      );
    }
    const stream = await findStream({ streams }, context, { StreamName: position.StreamName });
    if (stream.id !== position.streamId) throw streamNotFound(position); // deleted, and created again
    const { shardNo, afterSeq } = position;
    // Read before the records: what arrives in between is read next time.
    const shards = await streams.shards(stream.id);
    const shard = shards.find((one) => one.shardNo === shardNo);
    const records = await streams.read(stream, { shardNo, afterSeq, maxRecords: Limit, maxBytes: MAX_BYTES });
    const last = records.at(-1);
    const seq = last?.seq ?? afterSeq;
    const isBehind = shard !== undefined && records.length > 0 && seq < shard.lastSeq;
    const isAtEnd = !shard || (shard.closedAt !== null && (seq >= shard.lastSeq || records.length === 0));
    const children = shards.filter(({ parents }) => parents.includes(shardNo)).map(shownShard);
    return {
      Records: records.map((record) => ({
        SequenceNumber: sequenceNumber(record.seq, shardNo),
        ApproximateArrivalTimestamp: new Date(record.arrivedMs),
        Data: record.data,
        PartitionKey: record.partitionKey,
        ...(stream.keyId !== null && { EncryptionType: "KMS" }),
      })),
      ...(!isAtEnd && { NextShardIterator: encodeIterator({ ...position, afterSeq: seq, createdAt: nowMs }) }),
      MillisBehindLatest: isBehind && last ? Math.max(0, nowMs - last.arrivedMs) : 0,
      ...(isAtEnd &&
        children.length > 0 && {
          ChildShards: children.map(({ ShardId, HashKeyRange }) => ({
            ShardId,
            ParentShards: (shards.find((one) => shardIdOf(one.shardNo) === ShardId)?.parents ?? []).map(shardIdOf),
            HashKeyRange,
          })),
        }),
    };
  },
});
