import { ManualClock } from "@hearth/kit";
import { expect, test, vi } from "vitest";
import type { SandboxDestination } from "./sandboxDestination.ts";
import { Subscription } from "./subscription.ts";
import { TelemetryBudget } from "./telemetryBudget.ts";
import type { SubscriptionSettings } from "./subscriptionRequest.ts";

const SETTINGS: SubscriptionSettings = {
  schemaVersion: "2022-12-13",
  types: ["platform", "function"],
  maxItems: 1_000,
  maxBytes: 262_144,
  timeoutMs: 100,
  destination: { protocol: "TCP", port: 1 },
};

/** A listener whose batches are kept; each is answered when the test says so. */
function subscription(budget = new TelemetryBudget()) {
  const clock = new ManualClock();
  const batches: (readonly string[])[] = [];
  let answer: () => Promise<void> = () => Promise.resolve();
  const destination: SandboxDestination = {
    async send(events, signal) {
      batches.push(events);
      await Promise.race([
        answer(),
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
      ]);
    },
    [Symbol.dispose]: () => undefined,
  };
  const made = new Subscription("telemetry", SETTINGS, { destination, budget, clock });
  return {
    clock,
    batches,
    made,
    answerBy: (by: () => Promise<void>) => {
      answer = by;
    },
  };
}

test("a batch leaves when its first event has waited, when it is full, and when it is asked for", async () => {
  const { clock, batches, made } = subscription();
  made.add("a");
  await clock.advance(60);
  made.add("b");
  expect(batches).toEqual([]);
  await clock.advance(40);
  expect(batches).toEqual([["a", "b"]]);
  for (let n = 0; n < 1_000; n++) made.add(`${n}`);
  expect(batches[1]).toHaveLength(1_000);
  await clock.advance(1);
  made.add("c");
  await made.flush();
  expect(batches[2]).toEqual(["c"]);
});

test("a listener that hangs loses what comes meanwhile, by bytes and by number, and hears how much", async () => {
  const { clock, batches, made, answerBy } = subscription();
  const hanging = Promise.withResolvers<void>();
  answerBy(() => hanging.promise);
  const event = "x".repeat(1_000);
  for (let n = 0; n < 2_000; n++) made.add(event);
  expect(batches).toHaveLength(1);
  answerBy(() => Promise.resolve());
  hanging.resolve();
  await vi.waitFor(async () => {
    await clock.advance(1);
    expect(batches).toHaveLength(2);
  });
  const [first = [], [dropped, ...second] = []] = batches;
  expect(JSON.parse(dropped ?? "")).toMatchObject({
    type: "platform.logsDropped",
    record: {
      droppedRecords: 2_000 - first.length - second.length,
      reason: expect.stringContaining("downstream consumer is slower"),
    },
  });
  expect(first.length * 1_000).toBeLessThanOrEqual(262_144);
  expect(second.length * 1_000).toBeLessThanOrEqual(262_144);
});

test("a batch that is not taken is sent again, and given up after three attempts", async () => {
  const { clock, batches, made, answerBy } = subscription();
  answerBy(() => Promise.reject(new Error("the listener answered 500")));
  made.add("a");
  await clock.advance(100);
  for (let n = 0; n < 5; n++) await clock.advance(500);
  expect(batches).toEqual([["a"], ["a"], ["a"]]);
  answerBy(() => Promise.resolve());
  made.add("b");
  await clock.advance(100);
  expect(batches.at(-1)).toEqual([expect.stringContaining('"droppedRecords":1'), "b"]);
});

test("nothing is sent while the sandbox is frozen", async () => {
  const { clock, batches, made } = subscription();
  made.pause();
  made.add("a");
  await clock.advance(10_000);
  expect(batches).toEqual([]);
  made.resume();
  expect(batches).toEqual([["a"]]);
});

test("what waits in all subscriptions together is limited, and room is given back", async () => {
  const budget = new TelemetryBudget(10);
  const { clock, batches, made } = subscription(budget);
  const other = subscription(budget);
  made.add("12345");
  other.made.add("12345");
  made.add("6");
  await clock.advance(100);
  expect(batches).toEqual([[expect.stringContaining('"droppedRecords":1'), "12345"]]);
  await made.flush();
  expect(budget.take(6)).toBe(false);
  expect(budget.take(5)).toBe(true);
  other.made[Symbol.dispose]();
  expect(budget.take(5)).toBe(true);
});
