import { expect, test, vi } from "vitest";
import { bodyOf, FakePools } from "./testing/fakePools.ts";
import { testVersion } from "./testing/testVersion.ts";

const SNAP_START = { Runtime: "python3.13", Version: "3", SnapStart: "PublishedVersions", Timeout: 300 } as const;
const published = testVersion(SNAP_START);
const settled = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 2 });

test("a published version with SnapStart restores once, and REPORT tells its duration from the init's", async () => {
  let restores = 0;
  const gate = Promise.withResolvers<void>();
  await using host = new FakePools({
    restore: () => {
      restores++;
      return gate.promise;
    },
  });
  const first = host.invoke(published, {}, { requestId: "first" });
  await settled(() => expect(restores).toBe(1));
  await host.clock.advance(40);
  gate.resolve();
  const report = await first;
  expect(report).toMatchObject({ outcome: { kind: "success" }, initDurationMs: 0, billedMs: 40 });
  await host.invoke(published, {}, { requestId: "second" });
  expect(restores).toBe(1);
  await settled(() => expect(host.logs.lines.filter((line) => line.startsWith("REPORT"))).toHaveLength(2));
  const lines = host.logs.lines.filter((line) => /^(INIT|RESTORE|REPORT)/.test(line));
  expect(lines).toEqual([
    expect.stringMatching(/^INIT_START Runtime Version: /),
    expect.stringMatching(/^RESTORE_START Runtime Version: .+\tRuntime Version ARN: arn:/),
    "RESTORE_REPORT Restore Duration: 40.00 ms",
    expect.stringMatching(
      /^REPORT RequestId: first\t.*\tInit Duration: 0\.00 ms\tRestore Duration: 40\.00 ms\tBilled Restore Duration: 40 ms\t$/m,
    ),
    expect.not.stringContaining("Restore Duration"),
  ]);
});

test("in JSON a restore has AWS's platform events", async () => {
  await using host = new FakePools({ restore: () => undefined });
  const version = testVersion({ ...SNAP_START, LogFormat: "JSON", SystemLogLevel: "DEBUG" });
  await host.invoke(version);
  const events = (): readonly { type: string; record: object }[] =>
    host.logs.lines.map((line) => JSON.parse(line) as { type: string; record: object });
  await settled(() => expect(events().at(-1)?.type).toBe("platform.report"));
  expect(events()).toMatchObject([
    { type: "platform.initStart", record: { initializationType: "snap-start", phase: "init" } },
    { type: "platform.initRuntimeDone", record: { initializationType: "snap-start", status: "success" } },
    { type: "platform.initReport", record: { status: "success", metrics: { durationMs: 0 } } },
    { type: "platform.restoreStart", record: { functionName: "hello", functionVersion: "3" } },
    { type: "platform.restoreRuntimeDone", record: { status: "success" } },
    { type: "platform.restoreReport", record: { status: "success", metrics: { durationMs: 0 } } },
    { type: "platform.start" },
    { type: "platform.runtimeDone" },
    { type: "platform.report", record: { metrics: { initDurationMs: 0, restoreDurationMs: 0 } } },
  ]);
});

test("$LATEST, and versions without SnapStart, do not restore", async () => {
  await using host = new FakePools();
  for (const wanted of [
    { ...SNAP_START, Version: "$LATEST" },
    { Runtime: "python3.13", Version: "4" },
  ]) {
    const { outcome } = await host.invoke(testVersion({ ...wanted, LogFormat: "JSON" }));
    expect(outcome.kind).toBe("success");
  }
  const starts = host.logs.lines.filter((line) => line.includes("platform.initStart"));
  expect(starts).toHaveLength(2);
  for (const line of starts) expect(line).toContain('"initializationType":"on-demand"');
});

test("a hook that fails after the restore is an error of the function, and the next invocation begins afresh", async () => {
  let restores = 0;
  await using host = new FakePools({
    restore: () => {
      if (++restores <= 2) throw new RangeError("no entropy");
    },
  });
  const { outcome } = await host.invoke(published, {}, { requestId: "failing" });
  expect(outcome).toMatchObject({ kind: "functionError", errorType: "RangeError" });
  expect(JSON.parse(Buffer.from(outcome.payload).toString())).toEqual({
    errorType: "RangeError",
    errorMessage: "no entropy",
  });
  await settled(() =>
    expect(host.logs.lines.filter((line) => line.startsWith("RESTORE_REPORT"))).toEqual(
      Array(2).fill("RESTORE_REPORT Restore Duration: 0.00 ms\tStatus: error\tError Type: RangeError"),
    ),
  );
  expect((await host.invoke(published)).outcome.kind).toBe("success");
});

test("an init with SnapStart has 130 seconds, and the hooks after the restore have 10", async () => {
  const begun: string[] = [];
  const gate = Promise.withResolvers<void>();
  await using host = new FakePools({
    init: async () => {
      begun.push("init");
      await gate.promise;
    },
    restore: () => {
      begun.push("restore");
      return new Promise(() => undefined);
    },
  });
  const report = host.invoke(published, {}, { requestId: "slow" });
  await settled(() => expect(begun).toEqual(["init"]));
  await host.clock.advance(129_000);
  gate.resolve();
  await settled(() => expect(begun).toEqual(["init", "restore"]));
  await host.clock.advance(9999);
  expect(host.logs.text).not.toContain("RESTORE_REPORT");
  await host.clock.advance(1);
  await settled(() =>
    expect(host.logs.text).toContain("RESTORE_REPORT Restore Duration: 10000.00 ms\tStatus: timeout"),
  );
  await settled(() => expect(begun).toEqual(["init", "restore", "init", "restore"]));
  await host.clock.advance(10_000);
  expect(bodyOf(await report)).toEqual({
    errorType: "SnapStartTimeoutException",
    errorMessage: "RequestId: slow Error: Restore hooks timed out after 10.00 seconds",
  });
});
