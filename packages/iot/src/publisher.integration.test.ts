import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { IotBrokerMessageStore, IotRetainedStore, IotRuleStore, IotSessionStore } from "@hearth/store";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OtherProcesses } from "./broker/otherProcesses.ts";
import { IotMetrics } from "./iotMetrics.ts";
import type { Publication } from "./publication.ts";
import { IotPublisher } from "./publisher.ts";
import { SessionQueues } from "./sessionQueues.ts";
import { TopicRules } from "./topicRules.ts";

const POLL = { timeout: 20_000, interval: 20 };
const clock = new SystemClock();
let db: TestDatabase;
let rules: TopicRules;
beforeEach(async () => {
  db = await testDatabase();
  rules = new TopicRules({ database: db.database, logger: silentLogger });
});
afterEach(async () => {
  await rules[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const publication = (more: Partial<Publication> = {}): Publication => ({
  ...HERE,
  topic: "a/b",
  payload: Buffer.from("{}"),
  qos: 1,
  retain: false,
  hops: 0,
  ...more,
});

/** A publisher of a process with this id, whose deliveries end up in `sent`; `fails` makes its transactions fail. */
function publisherOf(processId: string, sent: OutgoingMessage[] = [], fails = false) {
  const delivered: string[] = [];
  const publisher = new IotPublisher({
    ...{ database: db.database, rules, clock, random: systemRandom, logger: silentLogger },
    delivery: {
      prepare: async (messages) => ({
        write: async () => {
          if (fails) throw new Error("the database is away");
        },
        committed: () => void sent.push(...messages),
      }),
      checkRoom: () => undefined,
    },
    fanOuts: { add: async () => () => undefined },
    sessionQueues: new SessionQueues({ store: new IotSessionStore(db.database), clock }),
    broker: { deliver: ({ topic }) => void delivered.push(topic) },
    others: { processId, announce: () => undefined },
    retainedLimit: { messages: 2, bytes: 100 },
    metrics: new IotMetrics(new Registry()),
  });
  return { publisher, delivered };
}

async function addRule(): Promise<void> {
  const actions = [{ lambda: { functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f" } }];
  const settings = { sql: "SELECT * FROM 'a/#'", actions, ruleDisabled: false, awsIotSqlVersion: "2016-03-23" };
  await new IotRuleStore(db.database).create({ ...HERE, ruleName: "r" }, settings, {}, 10);
}

test("what one process takes reaches the broker of another one, once, and not its own again", async () => {
  const store = new IotBrokerMessageStore(db.database);
  const got: string[] = [];
  const broker = { deliver: ({ topic }: Publication) => void got.push(topic) };
  await using other = new OtherProcesses({ store, broker, processId: "two", clock, logger: silentLogger });
  const ready = publisherOf("one").publisher;
  const first = async (): Promise<readonly string[]> => {
    await ready.publish(publication({ topic: "probe" }), "http");
    other.wake();
    return got;
  };
  await expect.poll(first, POLL).toContain("probe");
  const here = publisherOf("two");
  await here.publisher.publish(publication({ topic: "own" }), "http");
  await publisherOf("one").publisher.publish(publication({ topic: "theirs" }), "mqtt");
  other.wake();
  await expect.poll(() => got, POLL).toContain("theirs");
  other.wake();
  await clock.sleep(0);
  expect([here.delivered, got.filter((topic) => topic !== "probe")]).toEqual([["own"], ["theirs"]]);
});

test("a rule that another process has made is announced; a message that cannot be committed is not taken", async () => {
  const sent: OutgoingMessage[] = [];
  const { publisher } = publisherOf("one", sent);
  await publisher.publish(publication(), "mqtt");
  expect(sent).toEqual([]);
  await addRule();
  const published = async (): Promise<number> => {
    await publisher.publish(publication(), "mqtt");
    return sent.length;
  };
  await expect.poll(published, POLL).toBeGreaterThan(0);
  expect(sent[0]).toMatchObject({ purpose: "TopicRule", TargetArn: expect.stringContaining("function:f"), hops: 1 });
  const broken = publisherOf("two", [], true);
  await expect(broken.publisher.publish(publication({ retain: true }), "http")).rejects.toThrow("away");
  expect(broken.delivered).toEqual([]);
  expect(await new IotRetainedStore(db.database).find(HERE, "a/b")).toBeUndefined();
});

test("an account retains no more than it may", async () => {
  const { publisher } = publisherOf("one");
  const retain = async (topic: string, payload: string): Promise<void> => {
    await publisher.publish(publication({ topic, payload: Buffer.from(payload), retain: true }), "http");
  };
  await retain("1", "x".repeat(60));
  await expect(retain("2", "x".repeat(60))).rejects.toThrow("retained");
  await retain("2", "x");
  await expect(retain("3", "x")).rejects.toThrow("retained");
  await retain("1", "");
  await retain("3", "x");
  const kept = await new IotRetainedStore(db.database).list(HERE, { limit: 10 });
  expect(kept.map(({ topic }) => topic)).toEqual(["2", "3"]);
});
