import { SystemClock, systemRandom } from "@hearth/kit";
import { type EventSourceSettings, TooManyRequestsException } from "@hearth/model";
import { EventSourceMappingStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventSourceContract } from "../eventSourceContract.ts";
import { MemoryStream } from "../testing/memoryStream.ts";
import { fail, PollingProcess, type TestFunction } from "../testing/pollingProcess.ts";

interface Event {
  readonly Records: readonly { readonly eventID: string; readonly key: string; readonly data: string }[];
  readonly state?: { readonly sum?: number };
  readonly window?: { readonly start: string; readonly end: string };
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}
const dataOf = (event: unknown): readonly string[] => (event as Event).Records.map(({ data }) => data);

eventSourceContract(
  "a stream",
  async () => {
    const stream = new MemoryStream(["s0", "s1"]);
    return {
      EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/s",
      settings: { StartingPosition: "TRIM_HORIZON" },
      source: () => stream.source(),
      send: async (records) => {
        for (const { key, body } of records) stream.put(key === "k0" ? "s0" : "s1", key, body);
      },
      bodiesOf: dataOf,
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
  { isOrdered: true },
);

const where = { accountId: "000000000000", region: "us-east-1" };
const DESTINATION = "arn:aws:sqs:us-east-1:000000000000:failures";
const patient = { timeout: 30_000, interval: 20 };
let stack: AsyncDisposableStack;
let db: TestDatabase;
let mappings: EventSourceMappingStore;
let stream: MemoryStream;
let UUID: string;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  db = stack.use(await testDatabase());
  mappings = new EventSourceMappingStore({ database: db.database, clock: new SystemClock() });
  stream = new MemoryStream();
  UUID = systemRandom.uuid();
});
afterEach(() => stack.disposeAsync());

async function poll(settings: EventSourceSettings, fn: TestFunction): Promise<PollingProcess> {
  const EventSourceArn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const all: EventSourceSettings = { StartingPosition: "TRIM_HORIZON", BatchSize: 100, ...settings };
  await mappings.create({ ...where, UUID, FunctionName: "f", EventSourceArn, enabled: true, settings: all, Tags: {} });
  const process = await stack.use(new PollingProcess(db.database, [stream.source()], fn)).start();
  await expect.poll(async () => (await mappings.get(where, UUID)).State, patient).toBe("Enabled");
  return process;
}
const putAll = (bodies: readonly string[], key = "k"): void => {
  for (const body of bodies) stream.put("s0", key, body);
};
const result = async (): Promise<string | undefined> => (await mappings.get(where, UUID)).LastProcessingResult;
const sentBy = ({ sent }: PollingProcess): readonly Record<string, unknown>[] =>
  sent.map(({ body }) => JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>);

test("a bucket as destination gets the event too, in a folder of the mapping and the shard", async () => {
  const Destination = "arn:aws:s3:::failures";
  const settings = { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination } } };
  const events: unknown[] = [];
  const process = await poll(settings, (event) => {
    events.push(event);
    return fail();
  });
  putAll(["bad"]);
  await expect.poll(() => process.sent.length, patient).toBe(1);
  expect(process.sent[0]).toMatchObject({ TargetArn: Destination, parameters: { folder: `aws/lambda/${UUID}/s0` } });
  const { payload } = sentBy(process)[0] as { readonly payload: string };
  expect(JSON.parse(payload)).toEqual(events[0]);
});

test("LATEST gets what is put once the mapping is enabled, AT_TIMESTAMP what is as new", async () => {
  const seen: string[] = [];
  stream.put("s0", "k", "old", 1_000_000);
  stream.put("s0", "k", "newer", 3_000_000);
  await poll({ StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: 2_000 }, (event) => {
    seen.push(...dataOf(event));
  });
  await expect.poll(() => seen, patient).toEqual(["newer"]);
  UUID = systemRandom.uuid();
  const latest: string[] = [];
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
  db = stack.use(await testDatabase());
  mappings = new EventSourceMappingStore({ database: db.database, clock: new SystemClock() });
  await poll({ StartingPosition: "LATEST" }, (event) => void latest.push(...dataOf(event)));
  stream.put("s0", "k", "newest");
  await expect.poll(() => latest, patient).toEqual(["newest"]);
});

test("a batch is bisected until the bad record is alone, which goes to the destination after its retries", async () => {
  const seen = new Set<string>();
  const process = await poll(
    {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: DESTINATION } },
      MaximumBatchingWindowInSeconds: 1,
      BatchSize: 8,
    },
    (event) => {
      if (dataOf(event).includes("bad")) return fail("Bad");
      for (const body of dataOf(event)) seen.add(body);
    },
  );
  putAll(["a", "b", "c", "bad", "d", "e", "f", "g"]);
  await expect.poll(() => [...seen].toSorted(), patient).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  await expect.poll(() => process.sent.length, patient).toBe(1);
  expect(process.sent[0]).toMatchObject({ purpose: "OnFailure", TargetArn: DESTINATION });
  expect(sentBy(process)[0]).toMatchObject({
    requestContext: {
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: 2,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    MemoryBatchInfo: { shard: "s0", batchSize: 1, first: "s0-3", last: "s0-3" },
  });
  await expect.poll(result, patient).toBe("OK");
});

test("after a partial failure the batch goes on from the first record that failed", async () => {
  const calls: (readonly string[])[] = [];
  await poll(
    { FunctionResponseTypes: ["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds: 1, BatchSize: 4 },
    (event) => {
      calls.push(dataOf(event));
      if (calls.length > 1) return {};
      return { batchItemFailures: [{ itemIdentifier: "s0-3" }, { itemIdentifier: "s0-2" }] };
    },
  );
  putAll(["a", "b", "c", "d"]);
  await expect
    .poll(() => calls, patient)
    .toEqual([
      ["a", "b", "c", "d"],
      ["c", "d"],
    ]);
});

test("records that are too old go to the destination without a run; a filter drops others", async () => {
  const seen: string[] = [];
  stream.put("s0", "k", "old", Date.now() - 120_000);
  putAll(['{"x":1}', '{"x":2}', "text"]);
  const process = await poll(
    {
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: DESTINATION } },
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"x":[2]}}' }, { Pattern: '{"data":["old"]}' }] },
    },
    (event) => void seen.push(...dataOf(event)),
  );
  await expect.poll(() => seen, patient).toEqual(['{"x":2}']);
  expect(sentBy(process)[0]).toMatchObject({ requestContext: { condition: "RecordAgeExceeded" } });
});

test("a throttled function is tried again without using up the retries", async () => {
  let calls = 0;
  const seen: string[] = [];
  await poll({ MaximumRetryAttempts: 0 }, (event) => {
    if (++calls <= 3) throw new TooManyRequestsException("ReservedFunctionConcurrentInvocationLimitExceeded");
    seen.push(...dataOf(event));
  });
  putAll(["a"]);
  await expect.poll(() => seen, patient).toEqual(["a"]);
});

test("with a ParallelizationFactor batches run side by side, and each key keeps its order", async () => {
  const seen: string[] = [];
  let running = 0;
  let most = 0;
  await poll({ ParallelizationFactor: 4, BatchSize: 2 }, async (event) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(...dataOf(event));
    running--;
  });
  for (let at = 0; at < 60; at++) stream.put("s0", `k${at % 6}`, `${at % 6}:${at}`);
  await expect.poll(() => seen.length, patient).toBe(60);
  expect(most).toBeGreaterThan(1);
  for (let key = 0; key < 6; key++) {
    const own = seen.filter((body) => body.startsWith(`${key}:`)).map((body) => Number(body.split(":")[1]));
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
});

test("shards that came out of another are read when that one was read to its end", async () => {
  const seen: string[] = [];
  let isHeld = true;
  const held = Promise.withResolvers<void>();
  await poll({}, async (event) => {
    if (isHeld) await held.promise;
    seen.push(...dataOf(event));
  });
  putAll(["parent"]);
  stream.split("s0", ["s1", "s2"]);
  stream.put("s1", "k", "child1");
  stream.put("s2", "l", "child2");
  await expect.poll(async () => (await mappings.get(where, UUID)).State, patient).toBe("Enabled");
  expect(seen).toEqual([]);
  isHeld = false;
  held.resolve();
  await expect.poll(() => seen.length, patient).toBe(3);
  expect(seen[0]).toBe("parent");
});

test("a tumbling window carries its state from batch to batch, and ends in time without further records", async () => {
  const events: Event[] = [];
  await poll({ TumblingWindowInSeconds: 2, BatchSize: 1 }, (event) => {
    const one = event as Event;
    events.push(one);
    return { state: { sum: (one.state?.sum ?? 0) + one.Records.reduce((sum, { data }) => sum + Number(data), 0) } };
  });
  const startMs = Math.floor(Date.now() / 2000) * 2000;
  for (const body of ["1", "2", "3"]) stream.put("s0", "k", body, startMs);
  await expect.poll(() => events.filter((event) => event.isFinalInvokeForWindow).length, patient).toBe(1);
  expect(events.map(({ state }) => state)).toEqual([{}, { sum: 1 }, { sum: 3 }, { sum: 6 }]);
  const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
  expect(events.at(-1)).toMatchObject({
    Records: [],
    window: { start: iso(startMs), end: iso(startMs + 2000) },
    isFinalInvokeForWindow: true,
    isWindowTerminatedEarly: false,
    shardId: "s0",
  });
});

test("each shard has a window of its own, at the same time as the others", async () => {
  stream = new MemoryStream(["s0", "s1"]);
  const ended = Promise.withResolvers<void>();
  const events: (Event & { readonly shardId: string })[] = [];
  await poll({ TumblingWindowInSeconds: 1, BatchSize: 1 }, async (event) => {
    const one = event as Event & { readonly shardId: string };
    events.push(one);
    if (one.shardId === "s0") await ended.promise;
    if (one.shardId === "s1" && one.isFinalInvokeForWindow) ended.resolve();
    return { state: { sum: (one.state?.sum ?? 0) + one.Records.reduce((sum, { data }) => sum + Number(data), 0) } };
  });
  for (const shard of ["s0", "s1"]) stream.put(shard, "k", shard === "s0" ? "1" : "10");
  await expect.poll(() => events.filter((event) => event.isFinalInvokeForWindow).length, patient).toBe(2);
  expect(events.filter(({ shardId }) => shardId === "s0").map(({ state }) => state)).toEqual([{}, { sum: 1 }]);
  expect(events.filter(({ shardId }) => shardId === "s1").map(({ state }) => state)).toEqual([{}, { sum: 10 }]);
});

test("in a window, an answer without a state is a failure; the state of a batch that failed in part is kept", async () => {
  const states: unknown[] = [];
  const settings: EventSourceSettings = {
    ...{ TumblingWindowInSeconds: 60, MaximumRetryAttempts: 1, MaximumBatchingWindowInSeconds: 1 },
    ...{
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      DestinationConfig: { OnFailure: { Destination: DESTINATION } },
    },
  };
  const process = await poll(settings, (event) => {
    const { Records, state } = event as Event;
    states.push([state, Records.map(({ data }) => data)]);
    const [bad] = Records.filter(({ data }) => data === "bad");
    if (bad && Records.length === 1) return {};
    return { state: { sum: 1 }, batchItemFailures: bad ? [{ itemIdentifier: bad.eventID }] : [] };
  });
  putAll(["good", "bad"]);
  await expect.poll(() => process.sent.length, patient).toBe(1);
  expect(states).toEqual([
    [{}, ["good", "bad"]],
    [{ sum: 1 }, ["bad"]],
  ]);
});

test("a function that fails shows in LastProcessingResult, and a disabled mapping stops retrying", async () => {
  await poll({}, () => fail());
  putAll(["a"]);
  await expect.poll(result, patient).toBe("PROBLEM: Function call failed");
  await mappings.update(where, UUID, (current) => ({ ...current, enabled: false, State: "Disabling" }));
  await expect.poll(async () => (await mappings.get(where, UUID)).State, patient).toBe("Disabled");
});
