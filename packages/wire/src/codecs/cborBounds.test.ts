import { cbor } from "@smithy/core/cbor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isBoundedCbor } from "./cborBounds.ts";

test("what the encoder writes is within bounds, and no longer when it is cut off or followed by more", () => {
  const property = fc.property(
    fc.dictionary(
      fc.string(),
      fc.oneof(fc.jsonValue(), fc.double(), fc.uint8Array(), fc.bigInt({ max: 2n ** 64n - 1n, min: 0n })),
    ),
    fc.nat(),
    (value, cut) => {
      const body = Buffer.from(cbor.serialize(value));
      expect(isBoundedCbor(body)).toBe(true);
      expect(isBoundedCbor(body.subarray(0, cut % body.length))).toBe(false);
      expect(isBoundedCbor(Buffer.concat([body, Buffer.from([0])]))).toBe(false);
    },
  );
  fc.assert(property);
});

test("lengths beyond the body, endless nesting and unknown forms are out of bounds; indefinite lengths that end are not", () => {
  const hex = (text: string): boolean => isBoundedCbor(Buffer.from(text, "hex"));
  expect(hex("bf6161019f0203ffff")).toBe(true);
  expect(hex("5f42010243030405ff")).toBe(true);
  for (const bad of [
    "",
    "bf616101",
    "9f",
    "ff",
    "1c",
    "1f",
    "9bffffffffffffffff",
    "bb7fffffffffffffff01",
    "7affffffff61",
    "c1",
  ]) {
    expect(hex(bad), bad).toBe(false);
  }
  expect(isBoundedCbor(Buffer.alloc(1000, 0x81))).toBe(false);
});
