import { choice, structure, text, ValidationException } from "@hearth/model";
import { seqOfNumber, shardNoOf } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { encodeChangeIterator, findChangeStream, STREAMS_TARGET, TrimmedDataAccessException } from "../changeStream.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";

export const getShardIterator = operation({
  name: "GetShardIterator",
  targetPrefix: STREAMS_TARGET,
  input: structure({
    StreamArn: text({ min: 37, max: 1024 }),
    ShardId: text({ min: 28, max: 65 }),
    ShardIteratorType: choice(["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]),
    SequenceNumber: text({ min: 21, max: 40 }).optional(),
  }),
  output: structure({ ShardIterator: z.string() }),
  errors: [ResourceNotFoundException, TrimmedDataAccessException],
  async handle(input, context, { tables, streams, clock }: Pick<DynamoDeps, "tables" | "streams" | "clock">) {
    const { stream } = await findChangeStream({ tables, streams }, context, input.StreamArn);
    const shardNo = shardNoOf(input.ShardId);
    const shard = (await streams.shards(stream.id)).find((one) => one.shardNo === shardNo);
    if (!shard)
      throw new ResourceNotFoundException(`Requested resource not found: Shard does not exist: ${input.ShardId}`);
    const beginning = (): bigint => {
      if (input.ShardIteratorType === "TRIM_HORIZON") return shard.firstSeq - 1n;
      if (input.ShardIteratorType === "LATEST") return shard.lastSeq;
      if (input.SequenceNumber === undefined) {
        throw new ValidationException(
          `SequenceNumber must be specified for the iterator type ${input.ShardIteratorType}`,
        );
      }
      const seq = seqOfNumber(input.SequenceNumber);
      if (seq === undefined || seq < shard.firstSeq - 1n) {
        throw new ValidationException(`Invalid SequenceNumber: ${input.SequenceNumber} is not of this shard`);
      }
      return input.ShardIteratorType === "AT_SEQUENCE_NUMBER" ? seq - 1n : seq;
    };
    const position = { arn: input.StreamArn, streamId: stream.id, shardNo: shard.shardNo, afterSeq: beginning() };
    return { ShardIterator: encodeChangeIterator(position, clock.now()) };
  },
});
