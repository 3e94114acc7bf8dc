import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  EnableEnhancedMonitoringCommand,
  GetResourcePolicyCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListShardsCommand,
  ListStreamConsumersCommand,
  ListStreamsCommand,
  ListTagsForResourceCommand,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  RemoveTagsFromStreamCommand,
  SplitShardCommand,
  StartStreamEncryptionCommand,
  SubscribeToShardCommand,
  TagResourceCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type KinesisTarget, kinesisTarget } from "./kinesisTarget.ts";

let target: KinesisTarget;
beforeAll(async () => void (target = await kinesisTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const MAX_HASH_KEY = "340282366920938463463374607431768211455";
const arnOf = (StreamName: string) => `arn:aws:kinesis:${target.region}:${target.accountId}:stream/${StreamName}`;
const summaryOf = async (StreamName: string) =>
  (await target.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary;
const shardsOf = async (StreamName: string) =>
  (await target.kinesis.send(new ListShardsCommand({ StreamName }))).Shards ?? [];

test("a stream is described with its shards, by name and by ARN", async () => {
  const StreamName = await target.newStream(2);
  const { StreamDescription } = await target.kinesis.send(new DescribeStreamCommand({ StreamARN: arnOf(StreamName) }));
  expect(StreamDescription).toMatchObject({
    StreamName,
    StreamARN: arnOf(StreamName),
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: "PROVISIONED" },
    HasMoreShards: false,
    RetentionPeriodHours: 24,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: "NONE",
  });
  expect(StreamDescription?.StreamCreationTimestamp).toBeInstanceOf(Date);
  const [first, second] = StreamDescription?.Shards ?? [];
  expect(first).toMatchObject({
    ShardId: "shardId-000000000000",
    HashKeyRange: { StartingHashKey: "0", EndingHashKey: "170141183460469231731687303715884105727" },
  });
  expect(first?.SequenceNumberRange?.StartingSequenceNumber).toMatch(/^\d{56}$/);
  expect(first?.SequenceNumberRange?.EndingSequenceNumber).toBeUndefined();
  expect(second?.HashKeyRange?.EndingHashKey).toBe(MAX_HASH_KEY);
  expect(await summaryOf(StreamName)).toMatchObject({ OpenShardCount: 2, ConsumerCount: 0 });
});

test("what cannot be created or found is refused in AWS's words", async () => {
  const StreamName = await target.newStream();
  expect(await refusal(target.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 })))).toEqual({
    name: "ResourceInUseException",
    status: 400,
    message: `Stream ${StreamName} under account ${target.accountId} already exists.`,
  });
  expect(await refusal(target.kinesis.send(new DescribeStreamCommand({ StreamName: "no-such-stream" })))).toEqual({
    name: "ResourceNotFoundException",
    status: 400,
    message: `Stream no-such-stream under account ${target.accountId} not found.`,
  });
  const tooMany = target.kinesis.send(new CreateStreamCommand({ StreamName: target.newName(), ShardCount: 1_001 }));
  expect(await refusal(tooMany)).toMatchObject({
    name: "LimitExceededException",
    message: expect.stringMatching(/^This request would exceed the shard limit for the account /),
  });
  expect(await refusal(target.kinesis.send(new DescribeStreamCommand({ StreamName: "a b" })))).toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(/regular expression pattern: \[a-zA-Z0-9_\.-\]\+$/),
  });
});

test("streams are listed in pages, by name", async () => {
  const names = [await target.newStream(), await target.newStream(), await target.newStream()].toSorted();
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await target.kinesis.send(new ListStreamsCommand({ Limit: 2, NextToken }));
    expect(page.HasMoreStreams).toBe(page.NextToken !== undefined);
    expect(page.StreamSummaries?.map(({ StreamName }) => StreamName)).toEqual(page.StreamNames);
    found.push(...(page.StreamNames ?? []));
    ({ NextToken } = page);
  } while (NextToken);
  expect(found.filter((name) => names.includes(name))).toEqual(names);
});

test("a shard is split, and the two are merged again", async () => {
  const StreamName = await target.newStream();
  const split = { StreamName, ShardToSplit: "shardId-000000000000" };
  expect(
    await refusal(target.kinesis.send(new SplitShardCommand({ ...split, NewStartingHashKey: "0" }))),
  ).toMatchObject({
    name: "InvalidArgumentException",
    message: expect.stringMatching(/is not both greater than one plus the shard's StartingHashKey 0 and less than/),
  });
  await target.kinesis.send(new SplitShardCommand({ ...split, NewStartingHashKey: "1000" }));
  const [parent, left, right] = await shardsOf(StreamName);
  expect(parent?.SequenceNumberRange?.EndingSequenceNumber).toMatch(/^\d{56}$/);
  expect(left).toMatchObject({
    ParentShardId: "shardId-000000000000",
    HashKeyRange: { StartingHashKey: "0", EndingHashKey: "999" },
  });
  expect(right).toMatchObject({ HashKeyRange: { StartingHashKey: "1000", EndingHashKey: MAX_HASH_KEY } });
  const merge = { StreamName, ShardToMerge: left?.ShardId ?? "", AdjacentShardToMerge: right?.ShardId ?? "" };
  await target.kinesis.send(new MergeShardsCommand(merge));
  expect(await refusal(target.kinesis.send(new MergeShardsCommand(merge)))).toMatchObject({
    name: "ResourceNotFoundException",
  });
  const open = (await shardsOf(StreamName)).filter(({ SequenceNumberRange: range }) => !range?.EndingSequenceNumber);
  expect(open).toMatchObject([
    {
      ShardId: "shardId-000000000003",
      ParentShardId: "shardId-000000000001",
      AdjacentParentShardId: "shardId-000000000002",
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: MAX_HASH_KEY },
    },
  ]);
});

test("UpdateShardCount makes shards of the same size, between half and double", async () => {
  const StreamName = await target.newStream(2);
  const update = async (TargetShardCount: number) =>
    await target.kinesis.send(
      new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" }),
    );
  expect(await refusal(update(5))).toMatchObject({
    name: "InvalidArgumentException",
    message: expect.stringMatching(/cannot scale up over double your current open shard count\./),
  });
  expect(await update(3)).toMatchObject({ StreamName, CurrentShardCount: 2, TargetShardCount: 3 });
  const filter = { Type: "AT_LATEST" } as const;
  const { Shards = [] } = await target.kinesis.send(new ListShardsCommand({ StreamName, ShardFilter: filter }));
  const ranges = Shards.map(({ HashKeyRange: range }) => [range?.StartingHashKey, range?.EndingHashKey]);
  expect(ranges[0]?.[0]).toBe("0");
  expect(ranges[2]?.[1]).toBe(MAX_HASH_KEY);
  expect(BigInt(ranges[1]?.[0] ?? 0)).toBe(BigInt(ranges[0]?.[1] ?? 0) + 1n);
  expect((await summaryOf(StreamName))?.OpenShardCount).toBe(3);
  await target.kinesis.send(
    new UpdateStreamModeCommand({ StreamARN: arnOf(StreamName), StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
  );
  expect(await refusal(update(2))).toMatchObject({ name: "ValidationException" });
});

test("retention, encryption and shard-level metrics are changed and shown", async () => {
  const StreamName = await target.newStream();
  const retention = { StreamName, RetentionPeriodHours: 48 };
  await target.kinesis.send(new IncreaseStreamRetentionPeriodCommand(retention));
  expect(
    await refusal(
      target.kinesis.send(new IncreaseStreamRetentionPeriodCommand({ ...retention, RetentionPeriodHours: 36 })),
    ),
  ).toMatchObject({ name: "InvalidArgumentException", message: expect.stringMatching(/Use DecreaseStreamRetention/) });
  await target.kinesis.send(new DecreaseStreamRetentionPeriodCommand({ ...retention, RetentionPeriodHours: 36 }));
  await target.kinesis.send(
    new StartStreamEncryptionCommand({ StreamName, EncryptionType: "KMS", KeyId: "alias/aws/kinesis" }),
  );
  const enabled = await target.kinesis.send(
    new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ["IncomingBytes"] }),
  );
  expect(enabled).toMatchObject({ CurrentShardLevelMetrics: [], DesiredShardLevelMetrics: ["IncomingBytes"] });
  expect(await summaryOf(StreamName)).toMatchObject({
    RetentionPeriodHours: 36,
    EncryptionType: "KMS",
    KeyId: "alias/aws/kinesis",
    EnhancedMonitoring: [{ ShardLevelMetrics: ["IncomingBytes"] }],
  });
});

test("tags are set by name and by ARN", async () => {
  const StreamName = await target.newStream();
  await target.kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { a: "1", b: "2" } }));
  await target.kinesis.send(new TagResourceCommand({ ResourceARN: arnOf(StreamName), Tags: { c: "3" } }));
  await target.kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ["a"] }));
  const first = await target.kinesis.send(new ListTagsForStreamCommand({ StreamName, Limit: 1 }));
  expect(first).toMatchObject({ Tags: [{ Key: "b", Value: "2" }], HasMoreTags: true });
  const all = await target.kinesis.send(new ListTagsForResourceCommand({ ResourceARN: arnOf(StreamName) }));
  expect(all.Tags).toHaveLength(2);
});

test("consumers are registered, found and removed", async () => {
  const StreamName = await target.newStream();
  const register = { StreamARN: arnOf(StreamName), ConsumerName: "reader" };
  const { Consumer } = await target.kinesis.send(new RegisterStreamConsumerCommand(register));
  expect(Consumer).toMatchObject({ ConsumerName: "reader", ConsumerStatus: "CREATING" });
  expect(await refusal(target.kinesis.send(new RegisterStreamConsumerCommand(register)))).toMatchObject({
    name: "ResourceInUseException",
  });
  const { ConsumerARN } = Consumer ?? {};
  const found = await target.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
  expect(found.ConsumerDescription).toMatchObject({ ConsumerStatus: "ACTIVE", StreamARN: arnOf(StreamName) });
  const list = await target.kinesis.send(new ListStreamConsumersCommand({ StreamARN: arnOf(StreamName) }));
  expect(list.Consumers).toHaveLength(1);
  expect(await refusal(target.kinesis.send(new DeleteStreamCommand({ StreamName })))).toMatchObject({
    name: "ResourceInUseException",
  });
  const subscribe = { ConsumerARN, ShardId: "shardId-000000000000", StartingPosition: { Type: "LATEST" } } as const;
  expect(await refusal(target.kinesis.send(new SubscribeToShardCommand(subscribe)))).toMatchObject({
    name: "NotImplementedException",
  });
  await target.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
  expect(await refusal(target.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN })))).toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("a stream has a resource policy, and the account its limits", async () => {
  const StreamName = await target.newStream();
  const ResourceARN = arnOf(StreamName);
  expect((await target.kinesis.send(new GetResourcePolicyCommand({ ResourceARN }))).Policy).toBe("{}");
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  await target.kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy }));
  expect((await target.kinesis.send(new GetResourcePolicyCommand({ ResourceARN }))).Policy).toBe(Policy);
  const limits = await target.kinesis.send(new DescribeLimitsCommand({}));
  expect(limits.OpenShardCount).toBeGreaterThan(0);
});
