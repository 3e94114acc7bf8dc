import type { KinesisShard, NewKinesisShard } from "@hearth/store";
import { evenRanges, overlaps, parseShardId, shardIdOf, type Stream } from "@hearth/streams";
import { InvalidArgumentException, LimitExceededException, ResourceNotFoundException } from "./errors.ts";

/** Which open shards are closed, and which follow them. */
export interface Reshard {
  readonly closed: readonly number[];
  readonly added: readonly NewKinesisShard[];
}

type Of = Pick<Stream, "StreamName" | "accountId">;

export function openShards(shards: readonly KinesisShard[]): readonly KinesisShard[] {
  return shards.filter(({ closedAt }) => closedAt === null);
}

export function findShard(
  shards: readonly KinesisShard[],
  ShardId: string,
  { StreamName, accountId }: Of,
): KinesisShard {
  const number = parseShardId(ShardId);
  const shard = shards.find(({ shardNo }) => shardNo === number);
  if (shard) return shard;
  throw new ResourceNotFoundException(
    `Could not find shard ${ShardId} in stream ${StreamName} under account ${accountId}.`,
  );
}

export function split(shard: KinesisShard, at: bigint, { StreamName, accountId }: Of): Reshard {
  const { shardNo, fromHash, toHash } = shard;
  if (shard.closedAt !== null) throw closed(shard);
  if (at <= fromHash + 1n || at >= toHash) {
    throw new InvalidArgumentException(
      `NewStartingHashKey ${at} used in SplitShard() on shard ${shardIdOf(shardNo)} in stream ${StreamName} under account ${accountId} is not both greater than one plus the shard's StartingHashKey ${fromHash} and less than the shard's EndingHashKey ${toHash}.`,
    );
  }
  const parents = [shardNo];
  return {
    closed: parents,
    added: [
      { parents, fromHash, toHash: at - 1n },
      { parents, fromHash: at, toHash },
    ],
  };
}

export function merge(shard: KinesisShard, adjacent: KinesisShard, { StreamName, accountId }: Of): Reshard {
  for (const one of [shard, adjacent]) if (one.closedAt !== null) throw closed(one);
  const [left, right] = shard.fromHash < adjacent.fromHash ? [shard, adjacent] : [adjacent, shard];
  if (left.toHash + 1n !== right.fromHash) {
    throw new InvalidArgumentException(
      `Shards ${shardIdOf(shard.shardNo)} and ${shardIdOf(adjacent.shardNo)} in stream ${StreamName} under account ${accountId} are not an adjacent pair of shards eligible for merging`,
    );
  }
  const parents = [shard.shardNo, adjacent.shardNo];
  return { closed: parents, added: [{ parents, fromHash: left.fromHash, toHash: right.toHash }] };
}

/** Shards of the same size in the place of those that are open. Open shards that fit already stay. */
export function scale(shards: readonly KinesisShard[], target: number): Reshard {
  const open = openShards(shards);
  if (target > open.length * 2) {
    throw new InvalidArgumentException(
      `UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: ${open.length} Target shard count: ${target}`,
    );
  }
  if (target < open.length / 2) {
    throw new InvalidArgumentException(
      `UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: ${open.length} Target shard count: ${target}`,
    );
  }
  const wanted = evenRanges(target).filter(
    (range) => !open.some(({ fromHash, toHash }) => fromHash === range.fromHash && toHash === range.toHash),
  );
  const replaced = open.filter((shard) => wanted.some((range) => overlaps(shard, range)));
  return {
    closed: replaced.map(({ shardNo }) => shardNo),
    added: wanted.map((range) => ({
      ...range,
      parents: replaced.filter((shard) => overlaps(shard, range)).map(({ shardNo }) => shardNo),
    })),
  };
}

/** Shards that an account may have open in a region. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const SHARD_LIMIT = 1_000;
export const ON_DEMAND_LIMIT = 50;
export const ON_DEMAND_SHARDS = 4;

export function checkShardLimit(accountId: string, region: string, open: number, more: number): void {
  if (open + more <= SHARD_LIMIT) return;
  throw new LimitExceededException(
    `This request would exceed the shard limit for the account ${accountId} in ${region}. Current shard count for the account: ${open}. Limit: ${SHARD_LIMIT}. Number of additional shards that would have resulted from this request: ${more}.`,
  );
}

function closed({ shardNo }: KinesisShard): ResourceNotFoundException {
  return new ResourceNotFoundException(`Shard ${shardIdOf(shardNo)} is closed.`);
}
