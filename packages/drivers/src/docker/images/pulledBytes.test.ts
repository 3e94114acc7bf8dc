import { expect, test } from "vitest";
import { PulledBytes } from "./pulledBytes.ts";

test("each layer counts once, whether it is downloaded or unpacked", () => {
  const bytes = new PulledBytes();
  expect(bytes.add({ id: "a", progressDetail: {} })).toBe(0);
  expect(bytes.add({ id: "a", progressDetail: { total: 10 } })).toBe(10);
  expect(bytes.add({ id: "b", progressDetail: { total: 5 } })).toBe(15);
  expect(bytes.add({ id: "a", progressDetail: { total: 10 } })).toBe(15);
  expect(bytes.add({})).toBe(15);
});
