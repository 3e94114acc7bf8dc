import { integer, structure, text } from "@hearth/model";
import { keyNames, changeNumber, shardName, shardNoOf } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { findChangeStream, STREAMS_TARGET } from "../changeStream.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";

export const describeStream = operation({
  name: "DescribeStream",
  targetPrefix: STREAMS_TARGET,
  input: structure({
    StreamArn: text({ min: 37, max: 1024 }),
    Limit: integer({ min: 1 }).optional(),
    ExclusiveStartShardId: text({ min: 28, max: 65 }).optional(),
    ShardFilter: structure({
      Type: z.enum(["CHILD_SHARDS"]).optional(),
      ShardId: text({ min: 28, max: 65 }).optional(),
    }).optional(),
  }),
  output: structure({
    StreamDescription: structure({
      StreamArn: z.string(),
      StreamLabel: z.string(),
      StreamStatus: z.string(),
      StreamViewType: z.string(),
      CreationRequestDateTime: z.date(),
      TableName: z.string(),
      KeySchema: z.array(structure({ AttributeName: z.string(), KeyType: z.string() })),
      Shards: z.array(
        structure({
          ShardId: z.string(),
          SequenceNumberRange: structure({
            StartingSequenceNumber: z.string(),
            EndingSequenceNumber: z.string().optional(),
          }),
          ParentShardId: z.string().optional(),
        }),
      ),
      LastEvaluatedShardId: z.string().optional(),
    }),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, deps: Pick<DynamoDeps, "tables" | "streams">) {
    const { TableName, key, view, stream, label } = await findChangeStream(deps, context, input.StreamArn);
    const limit = Math.min(input.Limit ?? 100, 100);
    const after = input.ExclusiveStartShardId === undefined ? -1 : (shardNoOf(input.ExclusiveStartShardId) ?? -1);
    const all = await deps.streams.shards(stream.id);
    const parent = input.ShardFilter?.ShardId === undefined ? undefined : shardNoOf(input.ShardFilter.ShardId);
    const shards = all.filter(
      ({ shardNo, parents }) => shardNo > after && (parent === undefined || parents.includes(parent)),
    );
    const shown = shards.slice(0, limit);
    const last = shown.at(-1);
    const isWritten = stream.endedAt === null;
    return {
      StreamDescription: {
        StreamArn: input.StreamArn,
        StreamLabel: label,
        StreamStatus: isWritten ? "ENABLED" : "DISABLED",
        StreamViewType: view,
        CreationRequestDateTime: new Date(stream.createdAt),
        TableName,
        KeySchema: keyNames(key).map((AttributeName, at) => ({
          AttributeName,
          KeyType: at === 0 ? "HASH" : "RANGE",
        })),
        Shards: shown.map((shard) => {
          const before = all.find(({ shardNo }) => shardNo === shard.parents[0]);
          return {
            ShardId: shardName(shard),
            SequenceNumberRange: {
              StartingSequenceNumber: changeNumber(shard.firstSeq),
              ...((shard.closedAt !== null || !isWritten) && { EndingSequenceNumber: changeNumber(shard.lastSeq) }),
            },
            ...(before && { ParentShardId: shardName(before) }),
          };
        }),
        ...(shards.length > limit && last && { LastEvaluatedShardId: shardName(last) }),
      },
    };
  },
});
