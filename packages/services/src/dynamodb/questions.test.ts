import { expect, test } from "vitest";
import { questions } from "./questions.ts";

const asked = (operation: string, input: object) =>
  questions({
    operation,
    input: input as never,
    accountId: "000000000000",
    region: "us-east-1",
    principal: { kind: "root" },
    pathOf: async () => undefined,
  });

test("an ARN with another partition is asked about as the table that it names", () => {
  const [question] = asked("GetItem", { TableName: "arn:aws-cn:dynamodb:us-east-1:111111111111:table/t" }) as never[];
  expect(question).toMatchObject({
    resources: ["arn:aws:dynamodb:us-east-1:111111111111:table/t"],
    accountId: "111111111111",
  });
});

test("a batch asks about each table, a name being one of the caller's tables", () => {
  const RequestItems = { "arn:aws:dynamodb:us-east-1:111111111111:table/theirs": {}, mine: {} };
  expect(asked("BatchGetItem", { RequestItems })).toMatchObject([
    { accountId: "111111111111", resources: ["arn:aws:dynamodb:us-east-1:111111111111:table/theirs"] },
    { accountId: "000000000000", resources: ["arn:aws:dynamodb:us-east-1:000000000000:table/mine"] },
  ]);
});

test("a table may write to a stream only for a caller who may do so", () => {
  const StreamArn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const questions = asked("EnableKinesisStreamingDestination", { TableName: "mine", StreamArn });
  expect(questions).toMatchObject([
    { action: "dynamodb:EnableKinesisStreamingDestination" },
    { action: "kinesis:DescribeStream", resources: [StreamArn] },
    { action: "kinesis:PutRecord", resources: [StreamArn] },
    { action: "kinesis:PutRecords", resources: [StreamArn] },
  ]);
});
