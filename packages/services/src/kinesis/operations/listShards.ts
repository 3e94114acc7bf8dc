import { choice, encodeCursor, structure, ValidationException } from "@hearth/model";
import { firstSeqOf, type KinesisShard } from "@hearth/store";
import { parseShardId, parseStreamArn } from "@hearth/streams";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownShard } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import { ExpiredNextTokenException, InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { findStream } from "../findStream.ts";
import { decodeShardsToken } from "../shardsToken.ts";
import * as words from "../words.ts";

const TOKEN_MS = 300_000;

const ShardFilter = structure({
  Type: choice([
    "AFTER_SHARD_ID",
    "AT_TRIM_HORIZON",
    "FROM_TRIM_HORIZON",
    "AT_LATEST",
    "AT_TIMESTAMP",
    "FROM_TIMESTAMP",
  ]),
  ShardId: words.ShardId.optional(),
  Timestamp: words.Timestamp.optional(),
});

export const listShards = operation({
  name: "ListShards",
  input: structure({
    ...words.NamedStream,
    NextToken: words.NextToken.optional(),
    ExclusiveStartShardId: words.ShardId.optional(),
    MaxResults: words.PageSize.optional(),
    StreamCreationTimestamp: words.Timestamp.optional(),
    ShardFilter: ShardFilter.optional(),
  }),
  output: structure({ Shards: z.array(words.Shard), NextToken: z.string().optional() }),
  errors: [ExpiredNextTokenException, InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams, clock }: Pick<KinesisDeps, "streams" | "clock">) {
    const { MaxResults: limit = 1_000 } = input;
    const token = input.NextToken === undefined ? undefined : readToken(input.NextToken, clock.now());
    if (token && (input.StreamName !== undefined || input.ExclusiveStartShardId !== undefined)) {
      throw new InvalidArgumentException("NextToken and StreamName cannot be provided together.");
    }
    const stream = await findStream({ streams }, context, token ? { StreamARN: token.arn } : input);
    const created = input.StreamCreationTimestamp?.getTime();
    if (created !== undefined && Math.floor(created / 1000) !== Math.floor(stream.createdAt / 1000)) {
      throw new ResourceNotFoundException(
        `Stream ${stream.StreamName} under account ${stream.accountId} was not created at the given time.`,
      );
    }
    const filter = token ? token.filter : input.ShardFilter;
    const exclusive = input.ExclusiveStartShardId ?? (filter?.Type === "AFTER_SHARD_ID" ? filter.ShardId : undefined);
    const after = token?.after ?? (exclusive === undefined ? -1 : (parseShardId(exclusive) ?? -1));
    const trimMs = clock.now() - stream.retentionHours * 3_600_000;
    const shards = (await streams.shards(stream.id)).filter(
      (shard) => shard.shardNo > after && passes(shard, filter, trimMs),
    );
    const shown = shards.slice(0, limit);
    const last = shown.at(-1);
    return {
      Shards: shown.map(shownShard),
      ...(last &&
        shards.length > limit && {
          NextToken: encodeCursor([stream.arn, last.shardNo, clock.now(), JSON.stringify(filter ?? null)]),
        }),
    };
  },
});

type Filter = z.output<typeof ShardFilter>;

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html */
function passes(shard: KinesisShard, filter: Filter | undefined, trimMs: number): boolean {
  const isOpenAt = (ms: number): boolean =>
    shard.firstSeq < firstSeqOf(ms + 1) && (shard.closedAt === null || shard.closedAt > ms);
  const isOpenFrom = (ms: number): boolean => shard.closedAt === null || shard.closedAt > ms;
  switch (filter?.Type) {
    case "AT_LATEST":
      return shard.closedAt === null;
    case "AT_TRIM_HORIZON":
      return isOpenAt(trimMs) || (shard.parents.length === 0 && isOpenFrom(trimMs));
    case "FROM_TRIM_HORIZON":
      return isOpenFrom(trimMs);
    case "AT_TIMESTAMP":
      return isOpenAt(timeOf(filter));
    case "FROM_TIMESTAMP":
      return isOpenFrom(timeOf(filter));
    default:
      return true;
  }
}

function timeOf({ Timestamp }: Filter): number {
  if (!Timestamp) throw new InvalidArgumentException("Timestamp must be specified for this type of shard filter.");
  return Timestamp.getTime();
}

function readToken(token: string, nowMs: number) {
  const key = decodeShardsToken(token);
  const [arn, after, createdAt, text] = key ?? [];
  if (
    arn === undefined ||
    after === undefined ||
    createdAt === undefined ||
    text === undefined ||
    !parseStreamArn(arn)
  ) {
    throw new InvalidArgumentException("NextToken is invalid.");
  }
  if (nowMs - createdAt > TOKEN_MS) throw new ExpiredNextTokenException("NextToken has expired.");
  return { arn, after, filter: readFilter(text) };
}

function readFilter(text: string): Filter | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ValidationException("NextToken is invalid.");
  }
  if (value === null) return undefined;
  const given = value as { Timestamp?: unknown };
  const parsed = ShardFilter.safeParse({
    ...given,
    ...(typeof given.Timestamp === "string" && { Timestamp: new Date(given.Timestamp) }),
  });
  if (!parsed.success) throw new InvalidArgumentException("NextToken is invalid.");
  return parsed.data;
}
