import { expect, test } from "vitest";
import { HERE } from "./testing/outgoing.ts";
import { targetActions } from "./targetActions.ts";

const sender = { kind: "function", ...HERE, FunctionName: "f", Role: "r", LogGroup: "/aws/lambda/f" } as const;

test("a bucket asks for putting an object into the folder of the function's records, and for listing", () => {
  expect(targetActions({ sender, TargetArn: "arn:aws:s3:::b" })).toEqual([
    { action: "s3:PutObject", resource: "arn:aws:s3:::b/aws/lambda/async/f/" },
    { action: "s3:ListBucket", resource: "arn:aws:s3:::b" },
  ]);
});

test("a bucket asks for the object alone where the message has a key, and a table for putting an item", () => {
  const parameters = { key: "a/1" };
  expect(targetActions({ sender, TargetArn: "arn:aws:s3:::b", parameters })).toEqual([
    { action: "s3:PutObject", resource: "arn:aws:s3:::b/a/1" },
  ]);
  const TargetArn = "arn:aws:dynamodb:us-east-1:000000000000:table/t";
  expect(targetActions({ sender, TargetArn })).toEqual([{ action: "dynamodb:PutItem", resource: TargetArn }]);
});

test("nothing is asked for a service that nothing is sent to", () => {
  expect(targetActions({ sender, TargetArn: "arn:aws:batch:us-east-1:000000000000:job-queue/q" })).toEqual([]);
});
