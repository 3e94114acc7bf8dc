import { integer, structure, text } from "@hearth/model";
import { decodeChange } from "@hearth/store";
import { changeNumber } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { answeredRecord } from "../answeredRecord.ts";
import {
  decodeChangeIterator,
  encodeChangeIterator,
  ExpiredIteratorException,
  findChangeStream,
  STREAMS_TARGET,
  TrimmedDataAccessException,
} from "../changeStream.ts";
import type { DynamoDeps } from "../deps.ts";
import { LimitExceededException, ResourceNotFoundException } from "../errors.ts";

const MAX_RECORDS = 1_000;
const MAX_BYTES = 1024 * 1024;
/** After a stream was ended, processes that have not heard of it yet still write to it for less than this. */
const LAST_WRITES_MS = 10_000;

export const getRecords = operation({
  name: "GetRecords",
  targetPrefix: STREAMS_TARGET,
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    ShardIterator: text({ min: 1, max: 2048 }),
    Limit: integer({ min: 1, max: MAX_RECORDS }).optional(),
  }),
  // Images are written as they are stored.
  output: structure({ Records: z.array(z.unknown()), NextShardIterator: z.string().optional() }),
  errors: [ExpiredIteratorException, LimitExceededException, ResourceNotFoundException, TrimmedDataAccessException],
  async handle(
    { ShardIterator, Limit },
    context,
    { tables, streams, clock }: Pick<DynamoDeps, "tables" | "streams" | "clock">,
  ) {
    const nowMs = clock.now();
    const position = decodeChangeIterator(ShardIterator, nowMs);
    const { stream, view } = await findChangeStream({ tables, streams }, context, position.arn);
    if (stream.id !== position.streamId) throw new ResourceNotFoundException("Invalid ShardIterator");
    const { shardNo, afterSeq } = position;
    const shard = (await streams.shards(stream.id)).find((one) => one.shardNo === shardNo);
    const records = await streams.read(stream, {
      shardNo,
      afterSeq,
      maxRecords: Limit ?? MAX_RECORDS,
      maxBytes: MAX_BYTES,
    });
    const seq = records.at(-1)?.seq ?? afterSeq;
    const isEnded = stream.endedAt !== null && nowMs - stream.endedAt > LAST_WRITES_MS;
    const isAtEnd = !shard || ((shard.closedAt !== null || isEnded) && (seq >= shard.lastSeq || records.length === 0));
    return {
      Records: records.map((record) => {
        const change = decodeChange(record.data);
        return answeredRecord(change, { view, region: context.region, sequenceNumber: changeNumber(record.seq) });
      }),
      ...(!isAtEnd && { NextShardIterator: encodeChangeIterator({ ...position, afterSeq: seq }, nowMs) }),
    };
  },
});
