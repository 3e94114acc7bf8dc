import { parseSchedule } from "@hearth/schedules";
import { expect, test } from "vitest";
import { decide, nextOccurrence, type Recurrence } from "./nextOccurrence.ts";

const at = (text: string): number => Date.parse(`2026-11-29T${text}Z`);
const hourly: Recurrence = { schedule: parseSchedule("cron(0 * * * ? *)"), anchorMs: 0 };
const due = (scheduled: string, now: string, more: object = {}) => ({
  ...{ scheduledMs: at(scheduled), nowMs: at(now), lastMs: null, replan: false },
  ...more,
});

test("an occurrence on time is acted on and followed by the next one", () => {
  expect(decide(due("10:00:00", "10:00:00.200"), hourly, "skip")).toEqual({ acts: true, nextMs: at("11:00:00") });
});

test("a delay of less than a minute drops no occurrence", () => {
  const often: Recurrence = { schedule: parseSchedule("rate(1 minute)"), anchorMs: at("10:00:00") };
  expect(decide(due("10:00:00", "10:00:59"), often, "skip")).toEqual({ acts: true, nextMs: at("10:01:00") });
});

test("what was missed fires once, or not at all, and goes on in the future", () => {
  const missed = due("03:00:00", "10:30:00");
  expect(decide(missed, hourly, "fire-once")).toEqual({ acts: true, nextMs: at("11:00:00") });
  expect(decide(missed, hourly, "skip")).toEqual({ acts: false, nextMs: at("11:00:00") });
  const once: Recurrence = { schedule: parseSchedule("at(2026-11-29T03:00:00)"), anchorMs: 0 };
  expect(decide(missed, once, "fire-once")).toEqual({ acts: true, nextMs: undefined });
});

test("an occurrence within its flexible window is not missed", () => {
  expect(decide(due("10:00:00", "10:14:00"), hourly, "skip", 15 * 60_000).acts).toBe(true);
});

test("start and end bound the occurrences, both included", () => {
  const bounded: Recurrence = { ...hourly, startMs: at("10:00:00"), endMs: at("11:00:00") };
  expect(nextOccurrence(bounded, at("02:00:00"))).toBe(at("10:00:00"));
  expect(nextOccurrence(bounded, at("10:00:00"))).toBe(at("11:00:00"));
  expect(nextOccurrence(bounded, at("11:00:00"))).toBeUndefined();
});

test("after the clock was set back, nothing is acted on twice, and nothing waits for weeks", () => {
  const again = { replan: true, lastMs: at("10:00:00") };
  expect(decide(due("11:00:00", "09:59:50", again), hourly, "skip")).toEqual({ acts: false, nextMs: at("11:00:00") });
  const weeksAhead = { replan: true, lastMs: at("10:00:00") + 30 * 86_400_000 };
  const from = { ...due("11:00:00", "09:59:50", weeksAhead), scheduledMs: at("11:00:00") + 30 * 86_400_000 };
  expect(decide(from, hourly, "skip")).toEqual({ acts: false, nextMs: at("10:00:00") });
});

test("an occurrence that was due when the clock was set back is not lost", () => {
  const decided = decide(due("09:59:30", "09:59:50", { replan: true }), hourly, "skip");
  expect(decided).toEqual({ acts: true, nextMs: at("10:00:00") });
});
