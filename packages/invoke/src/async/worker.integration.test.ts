import { Bus } from "@hearth/bus";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { ResourceNotFoundException, TooManyRequestsException } from "@hearth/model";
import { ClockWatch, EventPayloads, type EventView, EventStore, type IndexedFunction } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AsyncWorker, type AsyncWorkerOptions } from "./worker.ts";
import type { InvocationRequest, InvocationResult } from "../invocationRequest.ts";
import { InvokeMetrics } from "../invokeMetrics.ts";
import { RecordedSending } from "../testing/recordedSending.ts";
import { Sweeper } from "./sweeper.ts";
import { WakeUps } from "./wakeUps.ts";

const ACCOUNT = "000000000000";
const clock = new SystemClock();
const deps = { clock, random: systemRandom, logger: silentLogger };
const rules = { functionErrorDelaysMs: [30, 60], systemBackoff: { baseMs: 20, maxMs: 50 }, maxAgeMs: 60_000 };
const success: InvocationResult = {
  outcome: { kind: "success", payload: Buffer.from("null") },
  ExecutedVersion: "$LATEST",
};
const failure: InvocationResult = {
  outcome: { kind: "functionError", payload: Buffer.from('{"errorType":"E"}'), errorType: "E" },
  ExecutedVersion: "$LATEST",
};

let db: TestDatabase;
let sending: RecordedSending;
let indexed: IndexedFunction | undefined;
let bus: Bus;
let events: EventStore;
let stack: AsyncDisposableStack;
let registry: Registry;
let metrics: InvokeMetrics;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  indexed = undefined;
  registry = new Registry();
  metrics = new InvokeMetrics(registry, { counts: () => [] });
  sending = new RecordedSending();
  db = stack.use(await testDatabase());
  bus = stack.use(
    new Bus(
      "events",
      { connection: { kind: "postgres", connection: db.connection }, prefix: "test" },
      { clock: new SystemClock(), logger: silentLogger },
    ),
  );
  events = new EventStore(db.database);
});
afterEach(() => stack.disposeAsync());

const NO_FUNCTION: IndexedFunction = {
  accountId: ACCOUNT,
  region: "us-east-1",
  FunctionName: "f",
  versions: new Map(),
  notActive: new Map(),
  aliases: new Map(),
};

type Run = (request: InvocationRequest, signal: AbortSignal) => Promise<InvocationResult>;

function worker(run: Run, options: AsyncWorkerOptions = {}): AsyncWorker {
  const made = new AsyncWorker(
    { rules, leaseMs: 600, ...options },
    {
      ...deps,
      bus,
      events,
      index: { load: () => Promise.resolve(indexed) },
      metrics,
      invoker: { invoke: run },
      sending,
    },
  );
  made.start();
  return made;
}

function sweeper(): Sweeper {
  const clockWatch = new ClockWatch({ ...deps, database: db.database });
  return new Sweeper(
    { everyMs: 20, patienceMs: 500 },
    { ...deps, bus, events, payloads: new EventPayloads(db.database), clockWatch, registry: new Registry() },
  );
}

async function accept(payload = "{}", FunctionName = "f"): Promise<string> {
  const id = systemRandom.uuid();
  await events.add({ id, accountId: ACCOUNT, region: "us-east-1", FunctionName, payload: Buffer.from(payload) });
  return id;
}

async function finished(id: string): Promise<EventView> {
  await expect
    .poll(async () => (await events.find(ACCOUNT, id))?.finishedAt, { timeout: 8_000, interval: 20 })
    .toBeTruthy();
  const view = await events.find(ACCOUNT, id);
  if (!view) throw new Error("gone");
  return view;
}

test("an accepted event is run soon after its wake-up, with what was accepted", async () => {
  const seen: InvocationRequest[] = [];
  stack.use(worker(async (request) => (seen.push(request), success)));
  const wakeUps = new WakeUps({ bus, logger: silentLogger });
  const ids = await Promise.all(Array.from({ length: 20 }, (_value, at) => accept(`{"n":${at}}`)));
  for (const id of ids) wakeUps.add(id);
  for (const id of ids) expect(await finished(id)).toMatchObject({ state: "succeeded", condition: "Success", runs: 1 });
  expect(new Set(seen.map((request) => request.requestId))).toEqual(new Set(ids));
  expect(new Set(seen.map((request) => Buffer.from(request.payload).toString())).size).toBe(20);
});

test("a function that fails is retried twice and then given up, throttles not counted", async () => {
  let runs = 0;
  stack.use(
    worker(async () => {
      runs++;
      if (runs === 2) throw new TooManyRequestsException("ConcurrentInvocationLimitExceeded");
      return failure;
    }),
  );
  stack.use(sweeper());
  const view = await finished(await accept());
  expect(view).toMatchObject({
    state: "failed",
    condition: "RetriesExhausted",
    runs: 4,
    functionErrors: 2,
    lastError: '{"errorType":"E"}',
  });
  const text = await registry.metrics();
  expect(text).toMatch(/^hearth_event_retries_total\{.*cause="functionError"\} 2$/m);
  expect(text).toMatch(/^hearth_event_retries_total\{.*cause="system"\} 1$/m);
  expect(text).toMatch(/^hearth_events_given_up_total\{.*condition="RetriesExhausted"\} 1$/m);
});

test("retries and maximum age follow the settings of the function, version or alias", async () => {
  const eventInvokeConfigs = new Map([
    ["$LATEST", { MaximumRetryAttempts: 1 }],
    ["live", { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }],
  ]);
  indexed = { ...NO_FUNCTION, eventInvokeConfigs };
  stack.use(worker(async () => failure));
  stack.use(sweeper());
  const [whole, alias, old] = [await accept(), systemRandom.uuid(), systemRandom.uuid()];
  const event = { accountId: ACCOUNT, region: "us-east-1", FunctionName: "f", payload: Buffer.from("{}") };
  await events.add({ ...event, id: alias, Qualifier: "live" });
  expect(await finished(whole)).toMatchObject({ condition: "RetriesExhausted", runs: 2 });
  expect(await finished(alias)).toMatchObject({ condition: "RetriesExhausted", runs: 1 });
  eventInvokeConfigs.set("live", { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: -1 });
  await events.add({ ...event, id: old, Qualifier: "live" });
  expect(await finished(old)).toMatchObject({ condition: "EventAgeExceeded" });
});

test("an event of a function whose reserved concurrency is 0 is given up without a run", async () => {
  indexed = { ...NO_FUNCTION, ReservedConcurrentExecutions: 0 };
  stack.use(worker(() => Promise.reject(new Error("run"))));
  stack.use(sweeper());
  expect(await finished(await accept())).toMatchObject({ state: "failed", condition: "ZeroReservedConcurrency" });
});

test("the sweeper finds an event whose wake-up was lost, as when the bus is wiped", async () => {
  stack.use(worker(async () => success));
  const id = await accept();
  stack.use(sweeper());
  expect(await finished(id)).toMatchObject({ condition: "Success" });
});

test("an event whose function was deleted is given up with that reason", async () => {
  stack.use(worker(() => Promise.reject(new ResourceNotFoundException("Function not found: f"))));
  const id = await accept();
  await bus.wake([id]);
  expect(await finished(id)).toMatchObject({
    condition: "FunctionNotFound",
    lastError: "ResourceNotFoundException: Function not found: f",
  });
});

test("another worker runs the events of a dead one, and leaves events whose lease is renewed", async () => {
  const dead = await accept();
  await events.claim("dead", [dead], 1, 300);
  let slowRuns = 0;
  stack.use(
    worker(async (request) => {
      if (request.requestId !== dead) {
        slowRuns++;
        await clock.sleep(2_000);
      }
      return success;
    }),
  );
  stack.use(sweeper());
  const slow = await accept();
  await bus.wake([slow]);
  expect(await finished(dead)).toMatchObject({ condition: "Success", runs: 2 });
  expect(await finished(slow)).toMatchObject({ condition: "Success", runs: 1 });
  expect(slowRuns).toBe(1);
});

test("at most `concurrency` events run at the same time, and all run in the end", async () => {
  let running = 0;
  let most = 0;
  stack.use(
    worker(
      async () => {
        most = Math.max(most, ++running);
        await clock.sleep(30);
        running--;
        return success;
      },
      { concurrency: 3 },
    ),
  );
  const ids = await Promise.all(Array.from({ length: 60 }, (_value, at) => accept("{}", `f${at % 4}`)));
  await bus.wake(ids);
  for (const id of ids) await finished(id);
  expect(most).toBe(3);
});

test("draining waits for running events and hands back waiting ones, which the next worker runs once", async () => {
  const gate = Promise.withResolvers<void>();
  const first = worker(async ({ payload }, signal) => {
    if (Buffer.from(payload).toString() === '"runs"') {
      await gate.promise;
      return success;
    }
    return await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const runs = await accept('"runs"');
  const waits = await accept('"waits"');
  await bus.wake([runs, waits]);
  await expect.poll(() => first.running, { timeout: 5_000 }).toBe(2);
  const drained = first.drain(new AbortController().signal);
  await expect.poll(async () => (await events.find(ACCOUNT, waits))?.state).toBe("waiting");
  gate.resolve();
  await drained;
  expect(await finished(runs)).toMatchObject({ condition: "Success", runs: 1 });
  stack.use(worker(async () => success));
  stack.use(sweeper());
  expect(await finished(waits)).toMatchObject({ condition: "Success", runs: 1 });
});

test("an event that still runs when the time to drain is over is handed back", async () => {
  const stuck = worker(() => new Promise(() => undefined));
  const id = await accept();
  await bus.wake([id]);
  await expect.poll(() => stuck.running, { timeout: 5_000 }).toBe(1);
  await stuck[Symbol.asyncDispose]();
  expect(await events.find(ACCOUNT, id)).toMatchObject({ state: "waiting", runs: 0 });
});

test("many events of one slow function leave slots for others, and run as slots become free", async () => {
  const slow = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  stack.use(
    worker(
      async ({ FunctionName }) => {
        if (FunctionName !== "slow") return success;
        most = Math.max(most, ++running);
        await slow.promise;
        running--;
        return success;
      },
      { concurrency: 8 },
    ),
  );
  const wakeUps = new WakeUps({ bus, logger: silentLogger });
  const flood = await Promise.all(Array.from({ length: 60 }, () => accept("{}", "slow")));
  for (const id of flood) wakeUps.add(id);
  await expect.poll(() => running, { timeout: 5_000 }).toBe(4);
  for (let round = 0; round < 10; round++) {
    const id = await accept();
    wakeUps.add(id);
    expect((await finished(id)).state).toBe("succeeded");
  }
  expect({ running, most }).toEqual({ running: 4, most: 4 });
  // Nobody sweeps here: what waits is taken as places get free.
  slow.resolve();
  for (const id of flood) expect((await finished(id)).runs).toBe(1);
});
