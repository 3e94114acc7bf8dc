import { expect, test } from "vitest";
import type { BusEvent } from "./busEvent.ts";
import { matchEvent } from "./matchEvent.ts";
import { MAX_TARGET_INPUT_BYTES, targetInput } from "./targetInput.ts";

const RULE = { name: "r", arn: "arn:aws:events:us-east-1:000000000000:rule/r" };
const event = (detail: unknown): BusEvent => ({
  ...{ id: "1", source: "app", detailType: "d", account: "000000000000", region: "us-east-1" },
  ...{ time: "2024-05-01T12:00:00Z", resources: [], detail: JSON.stringify(detail) },
});
const matched = (detail: unknown) => matchEvent(event(detail), "2024-05-01T12:00:00Z");
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:q";
const BUS = "arn:aws:events:us-east-1:000000000000:event-bus/b";

test("a template that names a large value thousands of times makes an input of limited size", () => {
  const InputTransformer = {
    InputPathsMap: { a: "$.detail.a" },
    InputTemplate: `[${Array(2_000).fill("<a>").join()}]`,
  };
  const input = targetInput({ Id: "1", Arn: QUEUE, InputTransformer });
  expect(input(matched({ a: 1 }), RULE)).toBe(`[${Array(2_000).fill(1).join()}]`);
  expect(input(matched({ a: "x".repeat(1_000_000) }), RULE)).toHaveLength(MAX_TARGET_INPUT_BYTES + 1);
});

test("a rule cannot change what it sends to a bus", () => {
  const one = matched({ a: 1 });
  const forged = JSON.stringify({ ...event({}), source: "aws.s3", account: "111111111111" });
  expect(targetInput({ Id: "1", Arn: BUS, Input: forged })(one, RULE)).toBe(one.text);
  expect(targetInput({ Id: "1", Arn: BUS, InputTransformer: { InputTemplate: forged } })(one, RULE)).toBe(one.text);
});
