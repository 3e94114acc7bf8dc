import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RealPools } from "./testing/realPools.ts";

let host: RealPools;
beforeAll(async () => {
  host = await RealPools.start({ idleFreezeMs: 200 });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const node = (code: string, wanted: object = {}) => host.deploy({ "index.js": code }, wanted);
const PID = "exports.handler = async () => process.pid;";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const linesOf = (requestId: string): string[] => {
  const stream =
    [...host.logs.streams.values()].find((lines) =>
      lines.some((l) => l.startsWith(`START RequestId: ${requestId} `)),
    ) ?? [];
  return stream;
};

test("a warm environment is reused, and only the first invocation reports the init", async () => {
  const version = node(PID);
  const first = await host.call(version);
  const second = await host.call(version);
  expect(second.body).toBe(first.body);
  expect(first.initDurationMs).toBeGreaterThan(0);
  expect(first.billedMs).toBe(Math.ceil(first.durationMs + (first.initDurationMs ?? 0)));
  expect(second.initDurationMs).toBeUndefined();
  expect(second.billedMs).toBe(Math.ceil(second.durationMs));
  expect(first.maxMemoryUsedMb).toBeGreaterThan(20);
});

test("16 concurrent callers each get the response to their own event", async () => {
  const version = node(
    "exports.handler = async (e) => { await new Promise((r) => setTimeout(r, 100)); return [e.n, process.pid]; };",
    { Timeout: 20 },
  );
  const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => host.call(version, { n })));
  expect(answers.map(({ body }) => (body as number[])[0])).toEqual(Array.from({ length: 16 }, (_, n) => n));
  expect(new Set(answers.map(({ body }) => (body as number[])[1])).size).toBeGreaterThan(1);
  const again = await Promise.all(Array.from({ length: 200 }, (_, n) => host.call(version, { n })));
  expect(again.map(({ body }) => (body as number[])[0])).toEqual(Array.from({ length: 200 }, (_, n) => n));
}, 60_000);

test("a function that exceeds its timeout is stopped together with its environment", async () => {
  const code =
    "exports.handler = async (e) => { console.log('sleeping'); if (e.spin) while (true); await new Promise((r) => setTimeout(r, e.ms)); return process.pid; };";
  const version = node(code, { Timeout: 1 });
  const before = await host.call(version, { ms: 0 });
  const { outcome, durationMs, billedMs } = await host.invoke(version, { ms: 5000 }, { requestId: "to1" });
  expect(outcome).toMatchObject({ kind: "timedOut", afterMs: 1000 });
  expect(JSON.parse(Buffer.from(outcome.payload).toString())).toEqual({
    errorType: "Sandbox.Timedout",
    errorMessage: "RequestId: to1 Error: Task timed out after 1.00 seconds",
  });
  expect([durationMs, billedMs]).toEqual([1000, 1000]);
  const after = await host.call(version, { ms: 0 });
  expect(after.body).not.toBe(before.body);
  await pause(20);
  const lines = linesOf("to1");
  const at = lines.indexOf("START RequestId: to1 Version: $LATEST");
  expect(lines[at + 1]).toMatch(/\tto1\tINFO\tsleeping$/);
  expect(lines[at + 2]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z to1 Task timed out after 1\.00 seconds\n$/);
  expect(lines[at + 3]).toBe("END RequestId: to1");
  expect(lines[at + 4]).toMatch(
    /^REPORT RequestId: to1\tDuration: 1000\.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tStatus: timeout$/,
  );
  const { outcome: spun } = await host.invoke(version, { spin: true });
  expect(spun.kind).toBe("timedOut");
});

test("a process that is killed during an invocation fails that invocation at once", async () => {
  const version = node(
    "exports.handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 20000)); };",
    { Timeout: 30 },
  );
  const started = performance.now();
  const { body } = await host.call(version, {}, { requestId: "k1" });
  expect(performance.now() - started).toBeLessThan(3000);
  expect(body).toEqual({
    errorType: "Runtime.ExitError",
    errorMessage: "RequestId: k1 Error: Runtime exited with error: signal: killed",
  });
});

test("a function that exceeds its memory is reported as out of memory", async () => {
  const code =
    "exports.handler = async () => { const keep = []; for (let i = 0; i < 100; i++) { keep.push(Buffer.alloc(10_000_000, 1)); await new Promise((r) => setTimeout(r, 20)); } };";
  const { body, maxMemoryUsedMb } = await host.call(node(code, { Timeout: 20 }), {}, { requestId: "oom" });
  expect(body).toEqual({
    errorType: "Runtime.OutOfMemory",
    errorMessage: "RequestId: oom Error: Runtime exited with error: signal: killed",
  });
  expect(maxMemoryUsedMb).toBe(128);
  await pause(20);
  expect(linesOf("oom").at(-1)).toMatch(/\tStatus: error\tError Type: Runtime\.OutOfMemory$/);
}, 30_000);

test("an init error is logged as AWS does: reported for both phases, then for the invocation", async () => {
  const version = host.deploy({ "app.py": "import nothere" }, { Runtime: "python3.13", Handler: "app.handler" });
  await host.call(version, {}, { requestId: "ie1" });
  await pause(20);
  const lines = linesOf("ie1");
  expect(lines).toEqual([
    expect.stringMatching(
      /^INIT_START Runtime Version: python:3\.\d+\.hearth.*\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:abc$/,
    ),
    expect.stringMatching(/^\[WARNING\]\t\S+\t\tLAMBDA_WARNING: Unhandled exception\. /),
    expect.stringMatching(
      /^\[ERROR\] Runtime\.ImportModuleError: Unable to import module 'app': No module named 'nothere'\nTraceback/,
    ),
    expect.stringMatching(
      /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: Runtime\.ImportModuleError$/,
    ),
    expect.stringMatching(/^\[WARNING\]\t\S+\t\tLAMBDA_WARNING: Unhandled exception\. /),
    expect.stringMatching(/^\[ERROR\] Runtime\.ImportModuleError/),
    expect.stringMatching(
      /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: invoke\tStatus: error\tError Type: Runtime\.ImportModuleError$/,
    ),
    "START RequestId: ie1 Version: $LATEST",
    "END RequestId: ie1",
    expect.stringMatching(/^REPORT RequestId: ie1\t/),
  ]);
});

test("an init that fails once is retried within the invocation", async () => {
  const code = `const fs = require("node:fs"), os = require("node:os"), path = require("node:path");
    const mark = process.env.MARK;
    if (!fs.existsSync(mark)) { fs.writeFileSync(mark, ""); throw new Error("not yet"); }
    exports.handler = async () => "second time";`;
  const mark = `/tmp/hearth-d-mark-${process.pid}-${performance.now()}`;
  const report = await host.call(node(code, { Variables: { MARK: mark } }));
  expect(report.body).toBe("second time");
  expect(report.initDurationMs).toBeUndefined();
  const { rmSync } = await import("node:fs");
  rmSync(mark);
});

test("the log tail is the last 4 KB of the invocation's own log", async () => {
  const version = node("exports.handler = async (e) => { for (let i = 0; i < e.n; i++) console.log('line ' + i); };");
  const short = await host.invoke(version, { n: 2 }, { requestId: "t1", wantLogTail: true });
  const text = Buffer.from(short.logTail ?? [])
    .toString()
    .split("\n");
  expect(text[0]).toBe("START RequestId: t1 Version: $LATEST");
  expect(text[1]).toMatch(/\tt1\tINFO\tline 0$/);
  expect(text[3]).toBe("END RequestId: t1");
  expect(text[4]).toMatch(/^REPORT RequestId: t1\t/);
  const long = await host.invoke(version, { n: 500 }, { requestId: "t2", wantLogTail: true });
  expect(long.logTail?.length).toBe(4096);
  expect(Buffer.from(long.logTail ?? []).toString()).toMatch(
    /line 499\nEND RequestId: t2\nREPORT RequestId: t2\t.*\n$/,
  );
});

test("an invocation's output is logged between its own START and END, also when invocations follow each other at once", async () => {
  const version = node(
    "exports.handler = async (e) => { console.log('out ' + e.n + '\\nmore'); process.stdout.write('raw ' + e.n); };",
  );
  await host.invoke(version, { n: -1 });
  for (let n = 0; n < 100; n++) await host.invoke(version, { n }, { requestId: `r${n}` });
  await pause(20);
  const lines = linesOf("r0").filter((l) => !l.startsWith("INIT_START"));
  for (let n = 0; n < 100; n++) {
    const at = lines.indexOf(`START RequestId: r${n} Version: $LATEST`);
    expect(lines[at + 1]).toMatch(new RegExp(`\\tr${n}\\tINFO\\tout ${n}\\nmore$`));
    expect(lines[at + 2]).toBe(`raw ${n}`);
    expect(lines[at + 3]).toBe(`END RequestId: r${n}`);
    expect(lines[at + 4]).toMatch(new RegExp(`^REPORT RequestId: r${n}\\t`));
  }
});

test("an idle environment is frozen, and thawed by the next invocation", async () => {
  const version = node("let ticks = 0; setInterval(() => ticks++, 10); exports.handler = async () => ticks;");
  await host.call(version);
  await pause(700);
  expect(host.pools.stats().frozen).toBeGreaterThan(0);
  const early = (await host.call(version)).body as number;
  await pause(1000);
  const late = (await host.call(version)).body as number;
  expect(late - early).toBeLessThan(70);
});

test("a flood of output neither delays other functions nor loses the end of the log", async () => {
  const flood = node(
    "exports.handler = async () => { const line = 'x'.repeat(1000); for (let i = 0; i < 30000; i++) console.log(line); console.log('the end'); };",
    { Timeout: 30 },
  );
  const other = node(PID);
  await host.call(other);
  const flooding = host.invoke(flood, {}, { requestId: "fl" });
  let slowest = 0;
  for (let i = 0; i < 30; i++) {
    const started = performance.now();
    await host.call(other);
    slowest = Math.max(slowest, performance.now() - started);
  }
  await flooding;
  expect(slowest).toBeLessThan(1000);
  // What a flood is held back by may come behind its END line.
  const written = () => linesOf("fl").filter((line) => line.includes("\tfl\tINFO\t"));
  await expect.poll(() => written().at(-1)).toMatch(/\tfl\tINFO\tthe end$/);
  expect(written()).toHaveLength(30_001);
  expect(linesOf("fl")).toContain("END RequestId: fl");
}, 60_000);

test("environments of a version that is no longer current stop, busy ones after their invocation", async () => {
  const version = node(
    "exports.handler = async (e) => { await new Promise((r) => setTimeout(r, e.ms)); return process.pid; };",
  );
  const idle = (await host.call(version, { ms: 0 })).body as number;
  const running = host.call(version, { ms: 300 });
  host.pools.retain(version, version.FunctionName, new Set());
  expect((await running).body).toBe(idle);
  const next = (await host.call({ ...version, snapshotId: "snapshot-2" }, { ms: 0 })).body;
  expect(next).not.toBe(idle);
  await vi.waitFor(() => expect(() => process.kill(idle, 0)).toThrow("ESRCH"), 5000);
});

/** When the process began, in seconds since the machine's start. */
const startOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  return ticks / 100;
};

test.runIf(process.platform === "linux")("a cold start runs in a sandbox that was booted ahead", async () => {
  await using booted = await RealPools.start({ bootedPerRuntime: 1 });
  const version = booted.deploy({ "index.js": PID });
  booted.pools.expect(version);
  await vi.waitFor(() => expect(booted.pools.stats().booted.get("nodejs24.x")).toBe(1), 60_000);
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const { body, initDurationMs } = await booted.call(version);
  expect(initDurationMs).toBeGreaterThan(0);
  expect(startOf(body as number)).toBeLessThanOrEqual(uptime);
});

test("stopping waits for running invocations, refuses new ones, and leaves no process", async () => {
  const draining = await RealPools.start();
  const version = draining.deploy({
    "index.js": "exports.handler = async () => { await new Promise((r) => setTimeout(r, 400)); return process.pid; };",
  });
  const running = draining.call(version);
  while (draining.pools.stats().environments.get("busy") !== 1) await pause(10);
  const stopped = draining[Symbol.asyncDispose]();
  await expect(draining.call(version)).rejects.toThrow("shutting down");
  const { body } = await running;
  await stopped;
  expect(() => process.kill(body as number, 0)).toThrow("ESRCH");
});
