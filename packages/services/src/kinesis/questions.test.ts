import { encodeCursor } from "@hearth/model";
import { expect, test } from "vitest";
import { questions } from "./questions.ts";
import { encodeIterator } from "./shardIterator.ts";

const asked = (operation: string, input: object) =>
  questions({
    operation,
    input: input as never,
    accountId: "000000000000",
    region: "us-east-1",
    principal: { kind: "root" },
    pathOf: async () => undefined,
  });

const MINE = "arn:aws:kinesis:us-east-1:000000000000:stream/mine";
const SECRET = "arn:aws:kinesis:us-east-1:000000000000:stream/secret";

test("GetRecords is asked about the stream of the iterator, not about the one that is named besides", () => {
  const ShardIterator = encodeIterator({
    accountId: "000000000000",
    region: "us-east-1",
    StreamName: "secret",
    streamId: "1",
    shardNo: 0,
    afterSeq: 0n,
    createdAt: 0,
  });
  expect(asked("GetRecords", { ShardIterator, StreamARN: MINE })).toMatchObject([{ resources: [SECRET] }]);
});

test("ListShards is asked about the stream of the token", () => {
  const NextToken = encodeCursor([SECRET, 0, 0, "null"]);
  for (const more of [{}, { StreamARN: MINE }]) {
    expect(asked("ListShards", { NextToken, ...more })).toMatchObject([{ resources: [SECRET] }]);
  }
});

test("an ARN with another partition is asked about as the stream that it names", () => {
  const StreamARN = SECRET.replace("arn:aws:", "arn:aws-cn:");
  expect(asked("PutRecord", { StreamARN })).toMatchObject([{ resources: [SECRET] }]);
});
