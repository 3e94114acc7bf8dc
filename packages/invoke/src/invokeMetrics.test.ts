import { Registry } from "@hearth/kit";
import type { InvocationReport } from "@hearth/model";
import type { ClaimedEvent } from "@hearth/store";
import { beforeEach, expect, test } from "vitest";
import type { FunctionConcurrency } from "./admission.ts";
import { InvokeMetrics } from "./invokeMetrics.ts";

const FUNCTIONS_PER_ACCOUNT = 2;
const REPORT: InvocationReport = {
  outcome: { kind: "success", payload: new Uint8Array() },
  durationMs: 40,
  billedMs: 40,
  maxMemoryUsedMb: 1,
};

let registry: Registry;
let running: FunctionConcurrency[];
let metrics: InvokeMetrics;

beforeEach(() => {
  registry = new Registry();
  running = [];
  metrics = new InvokeMetrics(registry, { counts: () => running }, FUNCTIONS_PER_ACCOUNT);
});

const fn = (FunctionName: string, accountId = "1", region = "here") => ({ accountId, region, FunctionName });

function run(key: ReturnType<typeof fn>, report: Partial<InvocationReport> = {}): void {
  metrics.ran(metrics.of(key), { ...REPORT, ...report }, 41);
}

/** The samples of one name, without it. */
async function samples(name: string): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split("\n");
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

const labels = (name: string, account = "1", region = "here"): string =>
  `account="${account}",region="${region}",function="${name}"`;

test("functions of one name in other accounts and regions are counted apart", async () => {
  for (const key of [fn("a"), fn("a", "2"), fn("a", "1", "there"), fn("a")]) run(key);
  expect(await samples("hearth_invocations_total")).toEqual([
    `{${labels("a")},outcome="success"} 2`,
    `{${labels("a", "1", "there")},outcome="success"} 1`,
    `{${labels("a", "2")},outcome="success"} 1`,
  ]);
});

test("errors are told apart by kinds of which there are few, whatever functions call theirs", async () => {
  const payload = new Uint8Array();
  const failed = (errorType: string) => ({ outcome: { kind: "functionError", errorType, payload } }) as const;
  for (const type of ["MyError1", "MyError2", "constructor", "Runtime.ImportModuleError"]) run(fn("a"), failed(type));
  run(fn("a"), failed("Runtime.ExitError"));
  run(fn("a"), failed("Runtime.OutOfMemory"));
  run(fn("a"), failed("Function.ResponseSizeTooLarge"));
  run(fn("a"), { outcome: { kind: "timedOut", afterMs: 1, payload } });
  metrics.platformFailed(metrics.of(fn("a")));
  expect(await samples("hearth_invocation_errors_total")).toEqual([
    `{${labels("a")},kind="function"} 4`,
    `{${labels("a")},kind="timeout"} 1`,
    `{${labels("a")},kind="exit"} 1`,
    `{${labels("a")},kind="outOfMemory"} 1`,
    `{${labels("a")},kind="response"} 1`,
    `{${labels("a")},kind="platform"} 1`,
  ]);
  expect(await registry.metrics()).toMatch(/^hearth_platform_errors_total 1$/m);
});

test("durations and inits are in seconds, and a function without a cold start has no init", async () => {
  run(fn("a"), { durationMs: 40, initDurationMs: 300 });
  run(fn("b"), { durationMs: 4000 });
  const durations = await samples("hearth_invocation_duration_seconds_bucket");
  expect(durations).toContain(`{${labels("a")},le="0.025"} 0`);
  expect(durations).toContain(`{${labels("a")},le="0.05"} 1`);
  expect(await samples("hearth_invocation_duration_seconds_sum")).toEqual([
    `{${labels("a")}} 0.04`,
    `{${labels("b")}} 4`,
  ]);
  expect(await samples("hearth_invocation_init_seconds_sum")).toEqual([`{${labels("a")}} 0.3`]);
  expect(await samples("hearth_cold_starts_total")).toEqual([`{${labels("a")}} 1`]);
});

test("an account's functions beyond the limit are counted together, and other accounts' are not affected", async () => {
  for (const name of ["a", "b", "c", "d"]) run(fn(name));
  run(fn("c", "2"));
  running = [{ ...fn("d"), running: 3 }];
  expect(await samples("hearth_invocations_total")).toEqual([
    `{${labels("a")},outcome="success"} 1`,
    `{${labels("b")},outcome="success"} 1`,
    `{${labels("(others)")},outcome="success"} 2`,
    `{${labels("c", "2")},outcome="success"} 1`,
  ]);
  expect(await samples("hearth_concurrent_executions")).toContain(`{${labels("(others)")}} 3`);
});

test("the series of a deleted function disappear, also when an invocation of it ends later, and make room for another", async () => {
  const counts = metrics.of(fn("a"));
  run(fn("a"));
  run(fn("b"));
  metrics.forget(fn("a"));
  metrics.ran(counts, REPORT, 41);
  expect(await registry.metrics()).not.toContain('function="a"');
  run(fn("c"));
  expect((await samples("hearth_invocations_total")).join()).toContain('function="c"');
});

test("events: age, retries by cause, given up by condition; one of a deleted function makes no new series", async () => {
  const event = (FunctionName: string, ageMs: number) => ({ ...fn(FunctionName), ageMs }) as ClaimedEvent;
  metrics.of(fn("a"));
  metrics.attempted(event("a", 2_000), { kind: "retry", cause: "functionError", delayMs: 1, error: "" });
  metrics.attempted(event("a", 60_000), { kind: "retry", cause: "system", delayMs: 1, error: "" });
  metrics.attempted(event("a", 180_000), { kind: "finish", condition: "RetriesExhausted" });
  metrics.attempted(event("a", 5), { kind: "finish", condition: "Success" });
  metrics.attempted(event("a", 5), { kind: "handBack" });
  metrics.attempted(event("gone", 1_000), { kind: "finish", condition: "FunctionNotFound" });
  expect(await samples("hearth_event_retries_total")).toEqual([
    `{${labels("a")},cause="functionError"} 1`,
    `{${labels("a")},cause="system"} 1`,
  ]);
  expect(await samples("hearth_events_given_up_total")).toEqual([
    `{${labels("a")},condition="RetriesExhausted"} 1`,
    `{${labels("(others)")},condition="FunctionNotFound"} 1`,
  ]);
  expect(await samples("hearth_event_age_seconds_count")).toEqual([`{${labels("a")}} 4`, `{${labels("(others)")}} 1`]);
});
