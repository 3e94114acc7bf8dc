import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import {
  DiskFullException,
  type FunctionVersion,
  type Invocation,
  type InvocationFigures,
  type InvocationReport,
  RecursiveInvocationException,
  ResourceNotFoundException,
  ServiceException,
  TooManyRequestsException,
  type UsageRecord,
} from "@hearth/model";
import type { IndexedFunction, NewEvent } from "@hearth/store";
import { beforeEach, expect, test } from "vitest";
import { Admission } from "./admission.ts";
import { InvokeMetrics } from "./invokeMetrics.ts";
import { Invoker, type LeasedEnvironment } from "./invoker.ts";

const ACCOUNT = "000000000000";
const signal = new AbortController().signal;
const version = {
  accountId: ACCOUNT,
  region: "us-east-1",
  FunctionName: "f",
  Version: "$LATEST",
  configuration: { MemorySize: 128, TracingConfig: { Mode: "PassThrough" } },
} as FunctionVersion;
let fn: IndexedFunction = {
  accountId: ACCOUNT,
  region: "us-east-1",
  FunctionName: "f",
  versions: new Map([["$LATEST", version]]),
  notActive: new Map(),
  aliases: new Map(),
};
const report: InvocationReport = {
  outcome: { kind: "success", payload: Buffer.from('"hi"') },
  durationMs: 1.25,
  billedMs: 2,
  maxMemoryUsedMb: 40,
};

let recorded: UsageRecord[];
let accepted: NewEvent[];
let woken: string[];
let invocations: Invocation[];
let released: number;
let acquire: () => Promise<LeasedEnvironment>;
let run: (invocation: Invocation) => Promise<InvocationReport>;
let registry: Registry;
let accountLimit: number;
let admission: Admission;
let invoker: Invoker;
let isDiskFull: boolean;
let isDatabaseGone: boolean;
let quotaBytes: number;

beforeEach(() => {
  recorded = [];
  accepted = [];
  woken = [];
  invocations = [];
  released = 0;
  isDiskFull = false;
  isDatabaseGone = false;
  quotaBytes = 0;
  run = async (invocation) => {
    invocations.push(invocation);
    return report;
  };
  acquire = async () => ({ run: (invocation) => run(invocation), [Symbol.dispose]: () => void released++ });
  registry = new Registry();
  accountLimit = 10;
  const limits = { unreserved: () => accountLimit, reserved: () => undefined };
  admission = new Admission({ limits, clock: new ManualClock() });
  invoker = new Invoker({
    index: { find: () => undefined, load: async (_accountId, name) => (name === "f" ? fn : undefined) },
    admission,
    environments: { acquire: () => acquire() },
    usage: { record: (record) => void recorded.push(record) },
    events: {
      add: async (event) => {
        if (isDatabaseGone) throw new Error("gone");
        accepted.push(event);
      },
    },
    eventQuota: {
      take: ({ payload }) => {
        if (payload.length > 100) throw new TooManyRequestsException("CallerRateLimitExceeded");
        quotaBytes += payload.length;
      },
      giveBack: ({ payload }) => void (quotaBytes -= payload.length),
    },
    disk: {
      check: () => {
        if (isDiskFull) throw new DiskFullException();
      },
    },
    wakeUps: { add: (id) => void woken.push(id) },
    metrics: new InvokeMetrics(registry, admission),
    clock: new ManualClock(),
    random: systemRandom,
    logger: silentLogger,
  });
});

const request = (payload = "{}", FunctionName = "f") => ({
  accountId: ACCOUNT,
  region: "us-east-1",
  FunctionName,
  payload: Buffer.from(payload),
  requestId: systemRandom.uuid(),
});

test("an event is refused before anything of it is stored while the disk is almost full; synchronous calls go on", async () => {
  isDiskFull = true;
  await expect(invoker.enqueue(request())).rejects.toMatchObject({ code: "ServiceException", httpStatus: 503 });
  expect([accepted, woken]).toEqual([[], []]);
  expect((await invoker.invoke(request(), signal)).outcome.kind).toBe("success");
});

test("an event of an account that stores too many payloads is refused before it is stored; one that cannot be stored does not count", async () => {
  await expect(invoker.enqueue(request(JSON.stringify("x".repeat(101))))).rejects.toMatchObject({
    code: "TooManyRequestsException",
  });
  expect([accepted, woken]).toEqual([[], []]);
  await invoker.enqueue(request('"x"'));
  expect(quotaBytes).toBe(3);
  isDatabaseGone = true;
  await expect(invoker.enqueue(request('"x"'))).rejects.toThrow("gone");
  expect(quotaBytes).toBe(3);
});

test("an invocation runs, is metered before it answers, and releases its environment", async () => {
  const asked = request('{"a":1}');
  const result = await invoker.invoke(asked, signal);
  expect(result).toEqual({ outcome: report.outcome, ExecutedVersion: "$LATEST" });
  expect(recorded).toMatchObject([
    {
      accountId: ACCOUNT,
      region: "us-east-1",
      functionName: "f",
      version: "$LATEST",
      requestId: asked.requestId,
      durationMs: 1.25,
      billedMs: 2,
      memoryMb: 128,
      maxMemoryUsedMb: 40,
      initDurationMs: null,
      outcome: "success",
      bytesIn: 7,
      bytesOut: 4,
    },
  ]);
  expect(invocations).toMatchObject([
    { requestId: asked.requestId, invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f" },
  ]);
  expect(released).toBe(1);
  expect(admission.counts()).toMatchObject([{ running: 0 }]);
});

test("an invocation beyond the limit is refused and counted, and neither run nor metered", async () => {
  const gates = Array.from({ length: 10 }, () => Promise.withResolvers<InvocationReport>());
  let next = 0;
  run = () => gates[next++]?.promise ?? Promise.resolve(report);
  const running = gates.map(() => invoker.invoke(request(), signal));
  await expect(invoker.invoke(request(), signal)).rejects.toBeInstanceOf(TooManyRequestsException);
  for (const gate of gates) gate.resolve(report);
  await Promise.all(running);
  expect(recorded).toHaveLength(10);
  expect(await registry.metrics()).toMatch(
    /hearth_throttles_total\{account="000000000000",region="us-east-1",function="f"\} 1/,
  );
  expect(await registry.metrics()).toMatch(
    /hearth_invocations_total\{account="000000000000",region="us-east-1",function="f",outcome="success"\} 10/,
  );
});

test("an error of the platform becomes a ServiceException, is counted, and releases everything", async () => {
  acquire = () => Promise.reject(new Error("no container for you"));
  await expect(invoker.invoke(request(), signal)).rejects.toBeInstanceOf(ServiceException);
  acquire = async () => ({
    run: () => Promise.reject(new Error("socket gone")),
    [Symbol.dispose]: () => void released++,
  });
  await expect(invoker.invoke(request(), signal)).rejects.toBeInstanceOf(ServiceException);
  expect(released).toBe(1);
  expect(recorded).toEqual([]);
  expect(admission.counts()).toMatchObject([{ running: 0 }]);
  expect(await registry.metrics()).toMatch(/hearth_platform_errors_total 2/);
});

test("when the caller goes away while it waits, the invocation rejects with that reason", async () => {
  const gone = new AbortController();
  acquire = () => {
    gone.abort(new Error("client gone"));
    return Promise.reject(gone.signal.reason);
  };
  await expect(invoker.invoke(request(), gone.signal)).rejects.toThrow("client gone");
});

test("an event is committed before a worker is woken; one without a function or valid JSON is not accepted", async () => {
  const asked = { ...request(), Qualifier: "$LATEST", clientContext: "e30=" };
  await invoker.enqueue(asked);
  expect(accepted).toMatchObject([{ id: asked.requestId, FunctionName: "f", Qualifier: "$LATEST" }]);
  expect(accepted[0]).not.toHaveProperty("clientContext");
  expect(woken).toEqual([asked.requestId]);
  await expect(invoker.enqueue(request("{}", "none"))).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(invoker.enqueue(request("nonsense"))).rejects.toThrow("Could not parse request body");
  await expect(invoker.enqueue(request(`"${"x".repeat(1024 * 1024)}"`))).rejects.toThrow("limit 1048576 bytes");
  await expect(invoker.dryRun(request("{}", "none"))).rejects.toThrow(
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none:$LATEST",
  );
  await invoker.dryRun(request());
  expect(woken).toHaveLength(1);
});

test("a streamed invocation is metered with all streamed bytes, before its body ends", async () => {
  let isMetered = false;
  run = async ({ sink }) => {
    sink?.begin("text/plain");
    sink?.write(Buffer.from("hello"), () => undefined);
    await Promise.resolve();
    isMetered = recorded.length > 0;
    return { ...report, outcome: { kind: "success", payload: new Uint8Array() } };
  };
  const { body, ended, contentType, ExecutedVersion } = await invoker.invokeStreamed(request(), signal);
  expect({ contentType, ExecutedVersion }).toEqual({ contentType: "text/plain", ExecutedVersion: "$LATEST" });
  const text = await new Response(body).text();
  expect({ text, isMetered }).toEqual({ text: "hello", isMetered: false });
  expect(recorded).toMatchObject([{ outcome: "success", bytesOut: 5 }]);
  expect((await ended).outcome.kind).toBe("success");
  expect(released).toBe(1);
});

test("a streamed invocation is refused like any other", async () => {
  await expect(invoker.invokeStreamed(request("{}", "unknown"), signal)).rejects.toThrow(ResourceNotFoundException);
  await expect(invoker.invokeStreamed(request("no json"), signal)).rejects.toThrow("Could not parse request body");
});

test("a function that a chain of requests has run sixteen times does not run again, unless its owner allows it", async () => {
  let traceId = "Root=1-2-3;Sampled=0";
  for (let runs = 1; runs <= 16; runs++) {
    await invoker.invoke({ ...request(), traceId }, signal);
    const passed = invocations.at(-1);
    expect(passed?.traceId).toBe("Root=1-2-3;Sampled=0");
    traceId = `${passed?.traceId};Lineage=${passed?.lineage}`;
  }
  await expect(invoker.invoke({ ...request(), traceId }, signal)).rejects.toThrow(RecursiveInvocationException);
  expect(invocations).toHaveLength(16);
  expect(await registry.metrics()).toContain(
    'hearth_recursive_invocations_dropped_total{account="000000000000",region="us-east-1",function="f"} 1',
  );
  const { RecursiveLoop: _, ...terminates } = fn;
  fn = { ...terminates, RecursiveLoop: "Allow" };
  await invoker.invoke({ ...request(), traceId }, signal);
  fn = terminates;
});

test("a function that works on after its answer holds its slot and is billed until it has finished, and its caller has the answer at once", async () => {
  const afterwards = Promise.withResolvers<InvocationFigures>();
  run = async () => ({ ...report, afterwards: afterwards.promise });
  const result = await invoker.invoke(request(), signal);
  expect(result.outcome).toBe(report.outcome);
  expect(released).toBe(1);
  expect(admission.counts()).toMatchObject([{ running: 1 }]);
  // On disk before the caller has its answer, as far as it is known then.
  expect(recorded).toMatchObject([{ durationMs: 1.25, billedMs: 2, maxMemoryUsedMb: 40, outcome: "success" }]);
  afterwards.resolve({ durationMs: 5000.5, billedMs: 5001, maxMemoryUsedMb: 90 });
  await afterwards.promise;
  expect(admission.counts()).toMatchObject([{ running: 0 }]);
  expect(recorded[1]).toEqual({ ...recorded[0], durationMs: 5000.5, billedMs: 5001, maxMemoryUsedMb: 90 });
  expect(recorded).toHaveLength(2);
});

test("a caller that calls again right after its answer waits until the function has finished, and is not throttled", async () => {
  accountLimit = 1;
  const afterwards = Promise.withResolvers<InvocationFigures>();
  run = async () => ({ ...report, afterwards: afterwards.promise });
  await invoker.invoke(request(), signal);
  run = async () => report;
  const second = invoker.invoke(request(), signal);
  afterwards.resolve(report);
  expect((await second).outcome.kind).toBe("success");
});
