import { createLogger, ManualClock, Registry } from "@hearth/kit";
import { expect, onTestFinished, test } from "vitest";
import { EventQuota } from "./eventQuota.ts";

const LIMIT = 1_000;
const A = "111111111111";
const B = "222222222222";

async function quotaOf(stored: Record<string, number>) {
  const lines: string[] = [];
  const registry = new Registry();
  const clock = new ManualClock();
  let reads = 0;
  const payloads = {
    bytes: async () => {
      reads++;
      return Object.entries(stored).map(([accountId, bytes]) => ({ accountId, bytes }));
    },
  };
  const logger = createLogger("warn", "test", { write: (line: string) => void lines.push(line) });
  const quota = await EventQuota.open({ payloads, limitBytes: LIMIT, clock, logger, registry });
  onTestFinished(() => quota[Symbol.asyncDispose]());
  await expect.poll(() => reads).toBe(2);
  const refreshed = async (): Promise<void> => {
    const before = reads;
    await clock.advance(5_000);
    await expect.poll(() => reads).toBe(before + 1);
  };
  return { quota, registry, refreshed, lines };
}

const event = (accountId: string, bytes: number) => ({ accountId, payload: Buffer.alloc(bytes) });

test("an account at its limit is refused, what this process accepts counts at once, and other accounts are not concerned", async () => {
  const { quota, registry, lines } = await quotaOf({ [A]: 800 });
  quota.take(event(A, 150));
  for (let i = 0; i < 2; i++) {
    expect(() => quota.take(event(A, 51))).toThrow(
      expect.objectContaining({
        code: "TooManyRequestsException",
        httpStatus: 429,
        members: { Reason: "CallerRateLimitExceeded" },
      }),
    );
  }
  quota.take(event(A, 50));
  quota.take(event(B, 1_000));
  expect(() => quota.take(event(B, 1))).toThrow();
  expect(await registry.metrics()).toContain("hearth_event_payload_refusals_total 3");
  const of = (accountId: string): number => lines.filter((line) => line.includes(accountId)).length;
  expect([of(A), of(B)]).toEqual([1, 1]);
});

test("an event that was not stored does not count", async () => {
  const { quota } = await quotaOf({});
  quota.take(event(A, 1_000));
  expect(() => quota.take(event(A, 1))).toThrow();
  quota.giveBack(event(A, 1_000));
  quota.take(event(A, 1_000));
});

test("a refresh tells what other processes stored and what was removed", async () => {
  const stored: Record<string, number> = { [A]: 0 };
  const { quota, refreshed } = await quotaOf(stored);
  quota.take(event(A, 900));
  stored[A] = 1_000; // 900 of this process, 100 of another one
  await refreshed();
  expect(() => quota.take(event(A, 1))).toThrow();
  stored[A] = 300;
  await refreshed();
  quota.take(event(A, 700));
  expect(() => quota.take(event(A, 1))).toThrow();
});
