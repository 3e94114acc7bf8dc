import { expect, test } from "vitest";
import { areSame, compared, type Comparison, comparisonTable } from "./comparison.ts";

const success = (text: string) => ({ condition: "Success", durationMs: 4, answer: { bytes: text.length, text } });
const same: Comparison = { id: "n1", replayOf: "o1", before: success('"a"'), after: success('"a"'), isSame: true };
const fixed: Comparison = {
  id: "n2",
  replayOf: "o2",
  before: { condition: "RetriesExhausted", error: "no\u001b[2J" },
  after: success("1"),
  isSame: false,
};
const running: Comparison = { id: "n3", replayOf: "o3", before: success("1") };

test("a comparison shows both answers of each event, and counts those that differ", () => {
  const lines = comparisonTable([same, fixed, running]).split("\n");
  expect(lines[1]).toMatch(/^o1 +n1 +same +"a" \(4 ms\) +"a" \(4 ms\)$/);
  expect(lines[2]).toMatch(/^o2 +n2 +different +RetriesExhausted: no\?\[2J +1 \(4 ms\)$/);
  expect(lines[3]).toMatch(/^o3 +n3 +not finished +1 \(4 ms\)/);
  expect(lines.at(-1)).toBe("1 same, 1 different, 1 not finished");
  expect([areSame([same]), areSame([same, fixed]), areSame([running])]).toEqual([true, false, false]);
});

test("replays are waited for until they are finished, or the time is over", async () => {
  const answers = [[running], [running], [{ ...running, after: success("1"), isSame: true }]];
  let atMs = 0;
  const terminal = { now: () => atMs, sleep: (ms: number) => Promise.resolve(void (atMs += ms)) };
  const clientOf = (left: Comparison[][]) => ({
    get: () => Promise.reject(new Error("not asked")),
    send: () => Promise.resolve({ comparisons: left.length > 1 ? left.shift() : left[0] }),
  });
  expect(areSame(await compared(clientOf([...answers]), ["n3"], 60_000, terminal))).toBe(true);
  expect(atMs).toBe(2_000);
  expect(areSame(await compared(clientOf([[running]]), ["n3"], 5_000, terminal))).toBe(false);
});
