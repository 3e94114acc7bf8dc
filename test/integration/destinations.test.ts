import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Bus } from "@hearth/bus";
import { type Delivery, type DeliveryMetrics, Outbox, queueTarget, type TargetKind } from "@hearth/delivery";
import { type InvocationRequest, type InvocationResult, Sweeper } from "@hearth/invoke";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { ClockWatch, DeliveryStore, EventPayloads, EventStore, FunctionStore } from "@hearth/store";
import { Queues } from "@hearth/queues";
import { HERE, SETTINGS, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FROM, sendingWorker, type Sends, TO, TO_ARN } from "../support/sendingWorker.ts";

const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const DYING_WORKER = join(import.meta.dirname, "../support/dyingWorker.ts");
const GONE_ARN = `arn:aws:lambda:${HERE.region}:${HERE.accountId}:function:gone`;
const TEST_ARN = `arn:aws:sns:${HERE.region}:${HERE.accountId}:topic`;
const POLL = { timeout: 30_000, interval: 25 };

let db: TestDatabase;
let stack: AsyncDisposableStack;
let events: EventStore;
/** Of the last worker that was made. */
let registry: Registry;
/** The events that ran, by function. */
let ran: Map<string, InvocationRequest[]>;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  db = stack.use(await testDatabase());
  events = new EventStore(db.database);
  ran = new Map();
  const functions = new FunctionStore({ ...deps, database: db.database });
  const code = { digest: "a".repeat(64), sizeBytes: 100 };
  await functions.create({ ...HERE, FunctionName: TO, settings: SETTINGS, code, Tags: {}, Publish: false });
});
afterEach(() => stack.disposeAsync());

const failure: InvocationResult = {
  outcome: { kind: "functionError", payload: Buffer.from('{"errorMessage":"no"}'), errorType: "E" },
  ExecutedVersion: "$LATEST",
};
const success: InvocationResult = {
  outcome: { kind: "success", payload: Buffer.from('"ran"') },
  ExecutedVersion: "$LATEST",
};

/** A worker and a sweeper, which finds what the worker's bus does not tell of. `from` ends with `result`. */
function works(
  sends: Sends,
  result: InvocationResult,
  kinds: readonly TargetKind[] = [],
): { delivery: Delivery; metrics: DeliveryMetrics } {
  registry = new Registry();
  const { worker, bus, delivery, metrics } = sendingWorker(
    {
      ...db,
      sends,
      kinds,
      registry,
      run: (request) => {
        const { FunctionName } = request;
        ran.set(FunctionName, [...(ran.get(FunctionName) ?? []), request]);
        return Promise.resolve(FunctionName === FROM ? result : success);
      },
    },
    stack,
  );
  worker.start();
  const clockWatch = new ClockWatch({ ...deps, database: db.database });
  stack.use(
    new Sweeper(
      { everyMs: 25, patienceMs: 500 },
      { ...deps, bus, events, payloads: new EventPayloads(db.database), clockWatch, registry: new Registry() },
    ),
  );
  return { delivery, metrics };
}

async function accept(count = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, () => systemRandom.uuid());
  const payload = Buffer.from('{"n":1}');
  await Promise.all(ids.map((id) => events.add({ ...HERE, id, FunctionName: FROM, payload })));
  return ids;
}

/** The request ids of the events whose records `to` has got. */
function arrived(): string[] {
  return (ran.get(TO) ?? []).map(({ payload }) => {
    const { requestContext } = JSON.parse(Buffer.from(payload).toString()) as {
      requestContext: { requestId: string };
    };
    return requestContext.requestId;
  });
}

async function deadLetters(): Promise<{ target: string; last_error: string }[]> {
  return await db.database.query("SELECT target, last_error FROM deliveries WHERE state = 'dead'");
}

test("the record of an event invokes the destination function, once, with the lineage of the sender", async () => {
  works({ onSuccess: TO_ARN }, success);
  const ids = await accept(30);
  await expect.poll(() => arrived().toSorted(), POLL).toEqual(ids.toSorted());
  expect(ran.get(TO)?.[0]?.traceId).toMatch(/^Lineage=[0-9a-f]{8}:0$/);
  expect(await registry.metrics()).toContain(
    'hearth_deliveries_total{purpose="destination",target="function",outcome="delivered"} 30',
  );
});

test("the record of a failure invokes the destination function for failures", async () => {
  works({ onSuccess: GONE_ARN, onFailure: TO_ARN }, failure);
  const ids = await accept();
  await expect.poll(arrived, POLL).toEqual(ids);
  expect(await deadLetters()).toEqual([]);
});

describe("a worker that is killed with SIGKILL", () => {
  test.each(["prepared", "written", "committed"])("when an event is %s loses no record", async (moment) => {
    const ids = await accept(5);
    const child = spawn(process.execPath, [DYING_WORKER, JSON.stringify(db.connection), moment], { stdio: "inherit" });
    stack.defer(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const bus = stack.use(
      new Bus("events", { connection: { kind: "postgres", connection: db.connection }, prefix: "test" }, deps),
    );
    await bus.wake(ids);
    expect((await ended)[1]).toBe("SIGKILL");
    works({ onSuccess: TO_ARN }, success);
    await expect.poll(() => [...new Set(arrived())].toSorted(), POLL).toEqual(ids.toSorted());
  });
});

test("a failure is a dead letter of the queue, and its record a message of the destination queue", async () => {
  const queues = stack.use(new Queues({ ...deps, database: db.database }));
  const newQueue = async (QueueName: string): Promise<string> => {
    await queues.store.create({ ...HERE, QueueName }, { isFifo: false, attributes: {}, tags: {} });
    return `arn:aws:sqs:${HERE.region}:${HERE.accountId}:${QueueName}`;
  };
  const [onFailure, deadLetter] = [await newQueue("failures"), await newQueue("dead")];
  works({ onFailure, deadLetter }, failure, [queueTarget({ queues })]);
  const [id] = await accept();
  /** Waits in the queue as a consumer does, so that the announcement after the commit is what ends the wait. */
  const received = async (arn: string) => {
    const queue = await queues.findByArn(arn);
    const [message] = await queues.receive(queue!, { limit: 1, waitSeconds: 20 }, AbortSignal.timeout(20_000));
    return message!;
  };
  const [record, letter] = await Promise.all([received(onFailure), received(deadLetter)]);
  expect(JSON.parse(record.body)).toMatchObject({
    requestContext: { requestId: id, condition: "RetriesExhausted", approximateInvokeCount: 1 },
    responsePayload: { errorMessage: "no" },
  });
  expect(record.attributes).toEqual({});
  expect(record.traceHeader).toMatch(/^Lineage=[0-9a-f]{8}:0$/);
  expect(letter.body).toBe('{"n":1}');
  expect(letter.attributes).toEqual({
    RequestID: { DataType: "String", StringValue: id },
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String", StringValue: "no" },
  });
});

test("a queue that is gone, or refuses the message, leaves a dead letter that says so", async () => {
  const queues = stack.use(new Queues({ ...deps, database: db.database }));
  const attributes = { MaximumMessageSize: "1024" };
  await queues.store.create({ ...HERE, QueueName: "small" }, { isFifo: false, attributes, tags: {} });
  const arn = `arn:aws:sqs:${HERE.region}:${HERE.accountId}`;
  const outcome = { kind: "success", payload: Buffer.from(JSON.stringify("x".repeat(2_000))) } as const;
  works({ onSuccess: `${arn}:small` }, { outcome, ExecutedVersion: "$LATEST" }, [queueTarget({ queues })]);
  await accept();
  await expect.poll(async () => (await deadLetters())[0]?.last_error, POLL).toMatch(/must be shorter than 1024 bytes/);
});

test("two workers on one database send each record once", async () => {
  works({ onSuccess: TO_ARN }, success);
  works({ onSuccess: TO_ARN }, success);
  const ids = await accept(60);
  await expect.poll(() => arrived().length, POLL).toBeGreaterThanOrEqual(60);
  expect(arrived().toSorted()).toEqual(ids.toSorted());
});

test("a record that its destination refuses is kept as dead, with the reason, and the event is settled", async () => {
  works({ onFailure: GONE_ARN, deadLetter: TEST_ARN }, failure);
  const [id] = await accept();
  await expect.poll(async () => (await events.find(HERE.accountId, id!))?.condition, POLL).toBe("RetriesExhausted");
  expect((await deadLetters()).toSorted((a, b) => a.target.localeCompare(b.target))).toEqual([
    { target: GONE_ARN, last_error: `there is no function ${GONE_ARN}` },
    { target: TEST_ARN, last_error: `Hearth does not send to ${TEST_ARN} yet` },
  ]);
  const metrics = await registry.metrics();
  expect(metrics).toContain('hearth_deliveries_total{purpose="destination",target="function",outcome="failed"} 1');
  expect(metrics).toContain('hearth_deliveries_total{purpose="dead_letter",target="other",outcome="failed"} 1');
});

test("a target that fails for a while gets its message from the outbox, once, and the event is not run again", async () => {
  let isDown = true;
  let sent = 0;
  const flaky: TargetKind = {
    name: "flaky",
    service: "sns",
    open: () =>
      Promise.resolve(async (tx) => {
        if (isDown) await tx.query("SELECT 1 / 0");
        return () => {
          sent++;
        };
      }),
  };
  const { delivery, metrics } = works({ onSuccess: TEST_ARN }, success, [flaky]);
  const outbox = new DeliveryStore(db.database);
  const [id] = await accept();
  await expect.poll(async () => (await events.find(HERE.accountId, id!))?.condition, POLL).toBe("Success");
  expect(await outbox.depth()).toEqual({ waiting: 1, dead: 0 });
  const backoff = { baseMs: 10, maxMs: 20 };
  for (let worker = 0; worker < 2; worker++) {
    stack.use(new Outbox({ everyMs: 20, backoff }, { ...deps, ...db, outbox, delivery, metrics }));
  }
  const attempts = async (): Promise<number> => {
    const [row] = await db.database.query<{ attempts: number }>("SELECT attempts FROM deliveries");
    return row?.attempts ?? 0;
  };
  await expect.poll(attempts, POLL).toBeGreaterThan(2);
  isDown = false;
  await expect.poll(() => outbox.depth(), POLL).toEqual({ waiting: 0, dead: 0 });
  // What follows the commit runs a moment later.
  await expect.poll(() => [sent, ran.get(FROM)?.length], POLL).toEqual([1, 1]);
});

test("functions that send to each other without ever running end after 64 deliveries", async () => {
  works({ onFailure: TO_ARN }, failure);
  const [id] = [systemRandom.uuid()];
  // As if it had been passed on 64 times: reserved concurrency 0 of both functions would do that.
  await events.add({ ...HERE, id, FunctionName: FROM, payload: Buffer.from("{}"), hops: 64 });
  await db.database.query("UPDATE events SET accepted_at = now() - interval '1 hour' WHERE id = $1", [id]);
  await expect
    .poll(deadLetters, POLL)
    .toEqual([{ target: TO_ARN, last_error: "it was passed on 64 times without a run of a function" }]);
});
