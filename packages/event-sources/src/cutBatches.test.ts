import { expect, test } from "vitest";
import { cutBatches, MAX_BATCH_BYTES } from "./cutBatches.ts";
import type { SourceRecord } from "./eventSource.ts";

const record = (bytes: number): SourceRecord => ({ json: "x".repeat(bytes), id: "", matched: () => ({ event: {} }) });

test("batches are cut by count and by 6 MB, and a record that is larger is a batch of its own", () => {
  const sizes = (bytes: readonly number[], count: number): readonly number[] =>
    cutBatches(bytes.map(record), count).map(({ length }) => length);
  expect(sizes([1, 1, 1, 1, 1], 2)).toEqual([2, 2, 1]);
  const half = MAX_BATCH_BYTES / 2;
  expect(sizes([half, half, 1, MAX_BATCH_BYTES + 1, 1], 10)).toEqual([1, 2, 1, 1]);
  expect(sizes([], 10)).toEqual([]);
});
