import { expect, test } from "vitest";
import type { StreamRecord } from "../eventSource.ts";
import { TumblingWindow } from "./tumblingWindow.ts";

const at = (arrivedAtMs: number): StreamRecord => ({
  json: "{}",
  id: String(arrivedAtMs),
  position: "",
  partitionKey: "",
  arrivedAtMs,
  matched: () => ({ event: {} }),
});

test("a window takes the records of its time, and those that come late", () => {
  const window = new TumblingWindow(10, undefined);
  expect(window.endMs).toBeUndefined();
  expect(window.length([at(12_000), at(19_999), at(20_000)])).toBe(2);
  expect(window.endMs).toBe(20_000);
  expect(window.length([at(9_000)])).toBe(1);
  expect(window.length([at(20_000)])).toBe(0);
  window.close();
  expect(window.length([at(20_000)])).toBe(1);
  expect(window.endMs).toBe(30_000);
});

test("its state is what the function returned last, survives the process, and may have 1 MB", () => {
  const window = new TumblingWindow(10, undefined);
  window.length([at(12_000)]);
  expect(window.answered(Buffer.from('{"state":{"sum":1}}'))).toBe("taken");
  const next = new TumblingWindow(10, JSON.parse(JSON.stringify(window.open)));
  expect([next.open?.state, next.endMs]).toEqual([{ sum: 1 }, 20_000]);
  expect(next.answered(Buffer.from("no JSON"))).toBe("missing");
  expect(next.answered(Buffer.from("{}"))).toBe("missing");
  expect(next.open?.state).toEqual({ sum: 1 });
  expect(next.answered(Buffer.from(JSON.stringify({ state: "x".repeat(1024 * 1024) })))).toBe("tooLarge");
});
