import { ManualClock, SystemClock } from "@hearth/kit";
import { onTestFinished, expect, test } from "vitest";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { KeptImages } from "./keptImages.ts";

const HOURS_MS = 2 * 3_600_000;
const digest = (i: number): string => i.toString(16).padStart(64, "0");

function kept(fraction: number, laterMs = HOURS_MS) {
  const data = new TestDataDir();
  onTestFinished(() => data[Symbol.dispose]());
  return new KeptImages(data.path, new ManualClock(new SystemClock().now() + laterMs), { fraction: () => fraction });
}

test("the first five hundred do not hide the others for ever", async () => {
  const images = kept(0.9);
  for (let i = 0; i < 600; i++) await images.note(digest(i));
  const listed = await images.old();
  expect(listed).toHaveLength(500);
  expect(listed).toContain(digest(599));
});

test("an image is recent until an hour after it was asked for, and not at all once it is forgotten", async () => {
  const later = kept(0);
  await later.note(digest(1));
  expect(await later.isRecent(digest(1))).toBe(false);
  const now = kept(0, 0);
  await now.note(digest(1));
  expect(await now.isRecent(digest(1))).toBe(true);
  expect(await now.old()).toEqual([]);
  await now.forget(digest(1));
  expect(await now.isRecent(digest(1))).toBe(false);
});
