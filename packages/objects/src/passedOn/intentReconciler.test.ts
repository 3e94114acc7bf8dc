import { expect, test } from "vitest";
import { happenedTo } from "./intentReconciler.ts";

const begunAt = 1_000_000;
const state = (modifiedAt: number) => ({ etag: "e", size: 3, versionId: "v", modifiedAt, lastModified: modifiedAt });
const put = { event: "ObjectCreated:Put", versionId: undefined, begunAt };

test("an object that is newer than the intent was written", () => {
  expect(happenedTo(put, state(begunAt + 5_000))).toEqual({ name: put.event, size: 3, etag: "e", versionId: "v" });
  // Servers show whole seconds.
  expect(happenedTo(put, state(begunAt - 900))).toBeDefined();
  expect(happenedTo(put, state(begunAt - 60_000))).toBeUndefined();
  expect(happenedTo(put, undefined)).toBeUndefined();
});

test("an object that is gone was removed, and one that is there was not", () => {
  const removal = { event: "ObjectRemoved:Delete", versionId: "v1", begunAt };
  expect(happenedTo(removal, undefined)).toEqual({ name: removal.event, versionId: "v1" });
  expect(happenedTo(removal, state(begunAt - 60_000))).toBeUndefined();
});

test("a deletion that a marker shows made that marker", () => {
  const removal = { event: "ObjectRemoved:Delete", versionId: undefined, begunAt };
  const made = { name: "ObjectRemoved:DeleteMarkerCreated", versionId: "m" };
  expect(happenedTo(removal, undefined, { versionId: "m" })).toEqual(made);
  expect(happenedTo(removal, state(begunAt), { versionId: "m" })).toBeUndefined();
});
