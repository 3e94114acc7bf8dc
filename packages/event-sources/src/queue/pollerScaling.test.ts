import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { PollerScaling } from "./pollerScaling.ts";

/** A backlog of so many seconds, in which a poller finds more records ten times a second. */
async function backlog(scaling: PollerScaling, clock: ManualClock, seconds: number): Promise<number> {
  for (let at = 0; at < seconds * 10; at++) {
    await clock.advance(100);
    scaling.saturated();
  }
  return scaling.allowed;
}

test("a backlog begins with 5 batches at a time, and adds 300 a minute up to AWS's limit", async () => {
  const clock = new ManualClock();
  const scaling = new PollerScaling({}, clock);
  expect(scaling.allowed).toBe(5);
  expect(await backlog(scaling, clock, 60)).toBeGreaterThanOrEqual(304);
  expect(await backlog(scaling, clock, 60)).toBeLessThanOrEqual(605);
  expect(await backlog(scaling, clock, 200)).toBe(1_250);
  scaling.idle();
  expect(scaling.allowed).toBe(5);
});

test("MaximumConcurrency is never exceeded", async () => {
  const clock = new ManualClock();
  const scaling = new PollerScaling({ ScalingConfig: { MaximumConcurrency: 2 } }, clock);
  expect([scaling.allowed, await backlog(scaling, clock, 60)]).toEqual([2, 2]);
});

test("provisioned pollers begin with the minimum, ten batches each, and grow to the maximum", async () => {
  const clock = new ManualClock();
  const ProvisionedPollerConfig = { MinimumPollers: 3, MaximumPollers: 6 };
  const scaling = new PollerScaling({ ProvisionedPollerConfig }, clock);
  expect(scaling.allowed).toBe(30);
  expect(await backlog(scaling, clock, 60)).toBe(60);
});

test("failures take concurrency away down to one batch, and successes give it back", () => {
  const scaling = new PollerScaling({}, new ManualClock());
  for (let at = 0; at < 20; at++) scaling.failed();
  expect(scaling.allowed).toBe(1);
  for (let at = 0; at < 20; at++) scaling.succeeded();
  expect(scaling.allowed).toBe(5);
});
