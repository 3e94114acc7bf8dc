import { expect, test } from "vitest";
import { parseSequenceNumber, sequenceNumber } from "./sequenceNumber.ts";

test("a sequence number is read back, and grows with the place before the shard", () => {
  const early = sequenceNumber(5n, 9);
  const late = sequenceNumber(6n, 0);
  expect(parseSequenceNumber(early)).toEqual({ seq: 5n, shardNo: 9 });
  expect(early).toHaveLength(56);
  expect(BigInt(late)).toBeGreaterThan(BigInt(early));
});

test.each(["", "0", "49", `49${"9".repeat(54)}`, `48${"0".repeat(54)}`, "x".repeat(56)])("%j is none", (text) => {
  expect(parseSequenceNumber(text)).toBeUndefined();
});
