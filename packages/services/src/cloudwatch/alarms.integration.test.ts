import { Delivery, DeliveryMetrics, queueTarget } from "@hearth/delivery";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { AlarmEvaluator, MetricReader } from "@hearth/monitoring";
import { queueArn, Queues } from "@hearth/queues";
import {
  AlarmHistoryStore,
  AlarmStore,
  type Database,
  DeliveryStore,
  MetricPointStore,
  MetricSeriesStore,
  pointOf,
} from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

const WHERE = { accountId: "000000000000", region: "us-east-1" };
const QUEUE = { ...WHERE, QueueName: "actions" };
const ALARMS = 120;
const clock = new SystemClock();
const deps = { clock, random: systemRandom, logger: silentLogger };

let postgres: TestDatabase;
beforeAll(async () => void (postgres = await testDatabase()));
afterAll(async () => await postgres[Symbol.asyncDispose]());

function evaluator(database: Database, queues: Queues): AlarmEvaluator {
  const registry = new Registry();
  const delivery = new Delivery({
    ...{ database, kinds: [queueTarget({ queues })], outbox: new DeliveryStore(database) },
    refusalOf: () => Promise.resolve(undefined),
    ...{ metrics: new DeliveryMetrics(registry), logger: silentLogger },
  });
  const series = new MetricSeriesStore(database);
  const reader = new MetricReader({ series, points: new MetricPointStore(database, series) });
  const alarms = new AlarmStore(database);
  return new AlarmEvaluator({ ...deps, alarms, reader, delivery, sendsEvents: false, registry });
}

test("two processes change each state once and send each action once", async () => {
  const { database } = postgres;
  await using queues = new Queues({ ...deps, database });
  await queues.store.create(QUEUE, { isFifo: false, attributes: {}, tags: {} });
  const points = new MetricPointStore(database, new MetricSeriesStore(database));
  const metric = { Namespace: "n", MetricName: "m" };
  await points.add([pointOf({ ...WHERE, ...metric, Dimensions: {}, value: 9, at: clock.now() - 60_000 })]);
  const alarms = new AlarmStore(database);
  const names = Array.from({ length: ALARMS }, (_, at) => `alarm-${String(at).padStart(3, "0")}`);
  for (const AlarmName of names) {
    await alarms.put(
      {
        ...WHERE,
        ...{ AlarmName, kind: "MetricAlarm", children: [], actionsEnabled: true, tags: {} },
        settings: {
          ...{ ...metric, Period: 60, Statistic: "Sum", EvaluationPeriods: 1, Threshold: 1 },
          ...{ ComparisonOperator: "GreaterThanThreshold", AlarmActions: [queueArn(QUEUE)] },
        },
      },
      1_000,
      () => ({ summary: "created", data: "{}" }),
    );
  }
  {
    await using _one = evaluator(database, queues);
    await using _other = evaluator(database, queues);
    await vi.waitFor(
      async () => {
        const query = { kinds: ["MetricAlarm"], state: "ALARM", after: "", limit: 1_000 } as const;
        expect(await alarms.list(WHERE, query)).toHaveLength(ALARMS);
      },
      { timeout: 60_000, interval: 100 },
    );
  }
  const sent = await database.query<{ body: string }>("SELECT body FROM sqs_bodies");
  const told = sent.map(({ body }) => (JSON.parse(body) as { AlarmName: string }).AlarmName);
  expect(told.toSorted()).toEqual(names);
  const history = await new AlarmHistoryStore(database).list(WHERE, {
    ...{ kinds: ["MetricAlarm"], type: "StateUpdate", from: 0, until: clock.now() + 60_000 },
    ...{ isAscending: true, after: undefined, limit: 1_000 },
  });
  expect(history.map(({ AlarmName }) => AlarmName).toSorted()).toEqual(names);
});

test("an alarm that was changed meanwhile keeps its state, and nothing is written with it", async () => {
  const { database } = postgres;
  const alarms = new AlarmStore(database);
  const key = { ...WHERE, AlarmName: "raced" };
  const settings = { AlarmRule: "TRUE" };
  const alarm = { ...key, kind: "CompositeAlarm", settings, children: [], actionsEnabled: true, tags: {} } as const;
  const texts = () => ({ summary: "put", data: "{}" });
  await alarms.put(alarm, 1_000, texts);
  const seen = await alarms.find(key);
  await alarms.put(alarm, 1_000, texts);
  let written = false;
  const change = {
    ...({ state: "ALARM", reason: "r", reasonData: undefined, at: clock.now(), history: [] } as const),
    write: () => Promise.resolve(void (written = true)),
  };
  expect(await alarms.changeState(seen!, change, clock.now() + 3_600_000)).toBe(false);
  expect(written).toBe(false);
  expect((await alarms.find(key))?.state).toBe("INSUFFICIENT_DATA");
  await expect(
    alarms.changeState((await alarms.find(key))!, { ...change, write: () => Promise.reject(new Error("no")) }, 0),
  ).rejects.toThrow("no");
  expect((await alarms.find(key))?.state).toBe("INSUFFICIENT_DATA");
});
