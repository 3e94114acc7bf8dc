import { expect, test, vi } from "vitest";
import { FakePools } from "./testing/fakePools.ts";
import { testVersion } from "./testing/testVersion.ts";

const settled = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });
const version = testVersion({ Timeout: 3 });
const never = new Promise<void>(() => undefined);
const idle = (host: FakePools) => host.pools.stats().environments.get("idle");

test("work after the answer is measured, billed and logged until the runtime asks for the next event", async () => {
  const work = Promise.withResolvers<void>();
  await using host = new FakePools({ handle: () => "done", afterAnswer: () => work.promise });
  const { outcome, durationMs, afterwards } = await host.invoke(version, {}, { requestId: "r1" });
  expect(outcome.kind).toBe("success");
  expect(host.logs.lines.some((line) => line.startsWith("REPORT"))).toBe(false);
  await host.clock.advance(1200);
  expect(host.pools.stats().environments.get("busy")).toBe(1);
  work.resolve();
  const figures = await afterwards;
  expect(figures?.durationMs).toBe(durationMs + 1200);
  expect(figures?.billedMs).toBe(durationMs + 1200);
  await settled(() => expect(host.logs.lines.at(-1)).toContain(`Duration: ${(durationMs + 1200).toFixed(2)} ms\t`));
  await settled(() => expect(idle(host)).toBe(1));
});

test("a runtime that asks for the next event at once is measured once", async () => {
  await using host = new FakePools({ handle: () => "done" });
  const report = await host.invoke(version);
  const figures = (await report.afterwards) ?? report;
  expect(figures.durationMs).toBe(report.durationMs);
  await settled(() => expect(host.logs.lines.filter((line) => line.startsWith("REPORT"))).toHaveLength(1));
});

test("a runtime that never asks for the next event is ended at the timeout; its answer stays valid and the timeout is billed", async () => {
  await using host = new FakePools({ handle: () => "done", afterAnswer: () => never });
  const report = await host.invoke(version, {}, { requestId: "r1" });
  await host.clock.advance(3000);
  expect(await report.afterwards).toMatchObject({ durationMs: 3000 });
  expect(report.outcome.kind).toBe("success");
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
  await settled(() =>
    expect(host.logs.lines.slice(-3)).toEqual([
      expect.stringContaining("r1 Task timed out after 3.00 seconds"),
      "END RequestId: r1",
      expect.stringMatching(/^REPORT RequestId: r1\tDuration: 3000.00 ms\t.*Status: timeout$/),
    ]),
  );
});

test("a runtime that exits after its answer is billed until then, and its log says so", async () => {
  await using host = new FakePools({ handle: (_event, id) => id, afterAnswer: () => never });
  const report = await host.invoke(version, {}, { requestId: "r1" });
  await host.clock.advance(500);
  host.driver.exit(host.driver.booted[0] ?? "", { exitCode: 7 });
  expect(await report.afterwards).toMatchObject({ durationMs: report.durationMs + 500 });
  await settled(() =>
    expect(host.logs.lines.slice(-3)).toEqual([
      "RequestId: r1 Error: Runtime exited with error: exit status 7\nRuntime.ExitError",
      "END RequestId: r1",
      expect.stringMatching(/^REPORT RequestId: r1\t.*Status: error\tError Type: Runtime.ExitError$/),
    ]),
  );
});

test("an environment that is stopped after its answer has its figures", async () => {
  const host = new FakePools({ handle: () => "done", afterAnswer: () => never });
  const report = await host.invoke(version);
  await host[Symbol.asyncDispose]();
  expect(await report.afterwards).toMatchObject({ durationMs: expect.any(Number) as number });
});

test("a caller that wants the tail of the log has its answer when the invocation is over: the tail ends with REPORT", async () => {
  const work = Promise.withResolvers<void>();
  await using host = new FakePools({ handle: () => "done", afterAnswer: () => work.promise });
  let answered = false;
  const running = host.invoke(version, {}, { wantLogTail: true }).finally(() => (answered = true));
  await settled(() => expect(host.pools.stats().environments.get("busy")).toBe(1));
  await host.clock.advance(100);
  expect(answered).toBe(false);
  work.resolve();
  const { logTail, afterwards } = await running;
  expect(Buffer.from(logTail ?? []).toString()).toMatch(/REPORT RequestId: .*\n$/);
  expect(afterwards).toBeUndefined();
});

test("a caller that calls again right after its answer waits a moment for the environment", async () => {
  const work = Promise.withResolvers<void>();
  await using host = new FakePools({ handle: (_event, id) => id, afterAnswer: () => work.promise });
  await host.invoke(version);
  const second = host.invoke(version);
  await host.clock.advance(20);
  work.resolve();
  expect((await second).outcome.kind).toBe("success");
  expect(host.driver.booted).toHaveLength(1);
});

test("with a freeze delay of 0 an environment is frozen as soon as its invocation is over", async () => {
  await using host = new FakePools({ handle: (_event, id) => id }, { idleFreezeMs: 0 });
  await host.invoke(version);
  await settled(() => expect(host.pools.stats().frozen).toBe(1));
  await host.invoke(version);
  await settled(() => expect(host.pools.stats().frozen).toBe(1));
  expect(host.driver.calls.filter((call) => /freeze|thaw/.test(call))).toEqual(["freeze", "thaw", "freeze"]);
});
