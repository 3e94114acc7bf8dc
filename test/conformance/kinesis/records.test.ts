import {
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { cbor } from "@smithy/core/cbor";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signedCall } from "../../support/signedFetch.ts";
import type { ClientConfig } from "@hearth/testkit";
import { refusal } from "../refusal.ts";
import { type KinesisTarget, kinesisTarget } from "./kinesisTarget.ts";

let target: KinesisTarget;
beforeAll(async () => void (target = await kinesisTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const ShardId = "shardId-000000000000";
const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();
const put = async (StreamName: string, Data: string, PartitionKey = "key") =>
  await target.kinesis.send(new PutRecordCommand({ StreamName, Data: Buffer.from(Data), PartitionKey }));
async function iterator(
  StreamName: string,
  start: Partial<GetShardIteratorCommandInput> = {},
): Promise<string | undefined> {
  const input = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON", ...start } as const;
  return (await target.kinesis.send(new GetShardIteratorCommand(input))).ShardIterator;
}
const read = async (ShardIterator: string | undefined, Limit?: number) =>
  await target.kinesis.send(new GetRecordsCommand({ ShardIterator, Limit }));

test("records come back in their order, and new ones behind the next iterator", async () => {
  const StreamName = await target.newStream();
  const first = await put(StreamName, "one");
  expect(first).toMatchObject({ ShardId, EncryptionType: "NONE" });
  const second = await put(StreamName, "two");
  expect(BigInt(second.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first.SequenceNumber ?? 0));
  const page = await read(await iterator(StreamName), 1);
  expect(page.Records).toMatchObject([{ PartitionKey: "key", SequenceNumber: first.SequenceNumber }]);
  expect(text(page.Records?.[0]?.Data)).toBe("one");
  expect(page.Records?.[0]?.ApproximateArrivalTimestamp).toBeInstanceOf(Date);
  const rest = await read(page.NextShardIterator);
  expect(rest.Records?.map(({ Data }) => text(Data))).toEqual(["two"]);
  expect(rest.MillisBehindLatest).toBe(0);
  expect((await read(rest.NextShardIterator)).Records).toEqual([]);
  await put(StreamName, "three");
  expect((await read(rest.NextShardIterator)).Records?.map(({ Data }) => text(Data))).toEqual(["three"]);
});

test("all five kinds of iterators begin where they should", async () => {
  const StreamName = await target.newStream();
  const before = new Date(Date.now() - 60_000);
  const { SequenceNumber } = await put(StreamName, "one");
  await put(StreamName, "two");
  const from = async (start: Partial<GetShardIteratorCommandInput>) =>
    (await read(await iterator(StreamName, start))).Records?.map(({ Data }) => text(Data));
  const StartingSequenceNumber = SequenceNumber;
  expect(await from({ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber })).toEqual(["one", "two"]);
  expect(await from({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber })).toEqual(["two"]);
  expect(await from({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: before })).toEqual(["one", "two"]);
  expect(await from({ ShardIteratorType: "LATEST" })).toEqual([]);
  const wrong = { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: "12345" } as const;
  expect(await refusal(iterator(StreamName, wrong))).toMatchObject({
    name: "InvalidArgumentException",
    message: expect.stringMatching(
      /^StartingSequenceNumber 12345 used in GetShardIterator on shard shardId-0+ in stream/,
    ),
  });
  expect(await refusal(read("AAAA"))).toMatchObject({ name: "InvalidArgumentException" });
});

test("PutRecords spreads over shards by the hash of the key, or by an explicit hash key", async () => {
  const StreamName = await target.newStream(2);
  const Records = [
    { Data: Buffer.from("low"), PartitionKey: "k", ExplicitHashKey: "0" },
    { Data: Buffer.from("high"), PartitionKey: "k", ExplicitHashKey: "340282366920938463463374607431768211455" },
    // MD5 of "a" begins with 0c, that of "b" with 92.
    { Data: Buffer.from("a"), PartitionKey: "a" },
    { Data: Buffer.from("b"), PartitionKey: "b" },
  ];
  const answer = await target.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  expect(answer.FailedRecordCount).toBe(0);
  const second = "shardId-000000000001";
  expect(answer.Records?.map((record) => record.ShardId)).toEqual([ShardId, second, ShardId, second]);
  const found = await read(await iterator(StreamName, { ShardId: second }));
  expect(found.Records?.map(({ Data }) => text(Data))).toEqual(["high", "b"]);
});

test("records that are too large or too many are refused as a whole", async () => {
  const StreamName = await target.newStream();
  const large = Buffer.alloc(1024 * 1024);
  expect(
    await refusal(target.kinesis.send(new PutRecordCommand({ StreamName, Data: large, PartitionKey: "k" }))),
  ).toMatchObject({ name: "ValidationException" });
  const Records = Array.from({ length: 501 }, () => ({ Data: Buffer.from("x"), PartitionKey: "k" }));
  expect(await refusal(target.kinesis.send(new PutRecordsCommand({ StreamName, Records })))).toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(/less than or equal to 500$/),
  });
  const { SequenceNumber } = await target.kinesis.send(
    new PutRecordCommand({ StreamName, Data: large.subarray(1), PartitionKey: "k" }),
  );
  expect(SequenceNumber).toBeDefined();
});

test("a closed shard is read to its end, which names its children; records go to those", async () => {
  const StreamName = await target.newStream();
  await put(StreamName, "before");
  const split = { StreamName, ShardToSplit: ShardId, NewStartingHashKey: "170141183460469231731687303715884105728" };
  await target.kinesis.send(new SplitShardCommand(split));
  const { ShardId: child } = await put(StreamName, "after", "a");
  expect(child).toBe("shardId-000000000001");
  const end = await read(await iterator(StreamName));
  expect(end.Records?.map(({ Data }) => text(Data))).toEqual(["before"]);
  expect(end.NextShardIterator).toBeUndefined();
  expect(end.ChildShards).toMatchObject([
    { ShardId: "shardId-000000000001", ParentShards: [ShardId] },
    { ShardId: "shardId-000000000002", ParentShards: [ShardId] },
  ]);
});

test("an iterator of a stream that was deleted finds nothing", async () => {
  const StreamName = await target.newStream();
  const ShardIterator = await iterator(StreamName);
  await target.kinesis.send(new DeleteStreamCommand({ StreamName }));
  expect(await refusal(read(ShardIterator))).toMatchObject({ name: "ResourceNotFoundException" });
});

test("CBOR in the way of the SDK for Java: times are milliseconds, data are bytes", async () => {
  const StreamName = await target.newStream();
  const call = async (operation: string, body: object) => {
    const answer = await signedCall(target.config as ClientConfig, {
      service: "kinesis",
      method: "POST",
      path: [""],
      query: [],
      headers: { "content-type": "application/x-amz-cbor-1.1", "x-amz-target": `Kinesis_20131202.${operation}` },
      body: cbor.serialize(body),
    });
    expect(answer.headers["content-type"]).toBe("application/x-amz-cbor-1.1");
    return { status: answer.status, body: cbor.deserialize(new Uint8Array(answer.body)) };
  };
  await call("PutRecord", { StreamName, Data: Buffer.from("bytes"), PartitionKey: "k" });
  const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  const { ShardIterator } = (await call("GetShardIterator", start)).body;
  const { Records } = (await call("GetRecords", { ShardIterator })).body;
  expect(text(Records[0].Data)).toBe("bytes");
  expect(Math.abs(Number(Records[0].ApproximateArrivalTimestamp.value) - Date.now())).toBeLessThan(3_600_000);
  const missing = await call("DescribeStreamSummary", { StreamName: "no-such-stream" });
  expect(missing).toMatchObject({ status: 400, body: { __type: "ResourceNotFoundException" } });
});
