import { expect, test } from "vitest";
import { refusalOfMessage } from "./checkMessage.ts";
import { toQueue } from "./queue.ts";

const queue = toQueue({
  id: "1",
  accountId: "000000000000",
  region: "us-east-1",
  QueueName: "q",
  isFifo: false,
  attributes: {},
  tags: {},
  createdAt: 0,
  modifiedAt: 0,
});
const refusalOf = (StringValue: string) =>
  refusalOfMessage(queue, { body: "x", senderId: "AIDA", attributes: { n: { DataType: "Number", StringValue } } });

test.each(["1", "-1.5", "+.5", "1.", "1e9", "1.5E-3", " 7 "])("%j is a number", (text) => {
  expect(refusalOf(text)).toBeUndefined();
});

test.each(["", ".", "1e", "1.5.2", "x", "--1"])("%j is no number", (text) => {
  expect(refusalOf(text)).toBeDefined();
});

// With an expression that tries each way to divide the digits, this takes many minutes.
test("a long text that is no number is refused without delay", () => {
  expect(refusalOf(`${"1".repeat(500_000)}x`)?.message).toMatch("Can't cast");
});

// One that PostgreSQL refuses makes it write all messages that arrive at the same time one by one.
test.each(["a\0b", "\ud800", "x".repeat(40_000)])("a trace header that cannot be one is refused", (traceHeader) => {
  expect(refusalOfMessage(queue, { body: "x", senderId: "AIDA", traceHeader })?.message).toMatch("AWSTraceHeader");
});

test("a value that is given as text and as bytes counts as both", () => {
  const value = { DataType: "Binary", StringValue: "x".repeat(1_048_577), BinaryValue: "YQ==" };
  expect(refusalOfMessage(queue, { body: "x", senderId: "AIDA", attributes: { a: value } })?.message).toMatch(
    "must be shorter than",
  );
});
