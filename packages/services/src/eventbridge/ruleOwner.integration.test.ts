import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { type Database, EventBusStore, EventRuleStore, RuleTargetStore, TimerStore } from "@hearth/store";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { TimerChanges, Timetable } from "@hearth/timetable";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ruleOwner } from "./ruleOwner.ts";
import { RuleTimers } from "./ruleTimers.ts";

const clock = new SystemClock();
const KEY = { ...HERE, bus: "default", rule: "nightly" };
const POLL = { timeout: 20_000, interval: 20 };
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:q";

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await db.database.query("CREATE TABLE sent (target text, body text)");
  await new EventBusStore(db.database).create(KEY, {}, {});
});
afterEach(() => db[Symbol.asyncDispose]());

/** Writes what is sent into a table, in the transaction that it is given. */
function delivery(database: Database) {
  return {
    prepare: (messages: readonly OutgoingMessage[]) =>
      Promise.resolve({
        async write(tx: Parameters<Parameters<Database["transaction"]>[0]>[0]) {
          for (const { TargetArn, body } of messages)
            await tx.query("INSERT INTO sent VALUES ($1, $2)", [TargetArn, Buffer.from(body).toString()]);
        },
        checkRoom: () => undefined,
        committed: () => undefined,
      }),
    database,
  };
}

function process(): Timetable {
  const { database } = db;
  const owners = [ruleOwner({ database, delivery: delivery(database), missed: "fire-once", random: systemRandom })];
  return new Timetable({ database, owners, changes: new TimerChanges(), clock, logger: silentLogger });
}

async function putRule(ScheduleExpression: string, State: "ENABLED" | "DISABLED" = "ENABLED"): Promise<void> {
  const { database } = db;
  const timers = new RuleTimers({ timers: new TimerStore(database), changes: new TimerChanges(), clock });
  const settings = { ScheduleExpression, State };
  await new EventRuleStore(database).put(KEY, { settings, tags: {} }, (tx, rule) => timers.plan(tx, rule));
  await new RuleTargetStore(database).put(KEY, [{ Id: "1", Arn: QUEUE }], 5);
}

const sent = async () => await db.database.query<{ target: string; body: string }>("SELECT target, body FROM sent");
const timerCount = async (): Promise<number> => (await db.database.query("SELECT FROM timers")).length;

test("a rule that was due while nothing ran fires once on return, by one of two processes", async () => {
  await putRule("rate(1 minute)");
  await db.database.query(
    "UPDATE timers SET scheduled_at = now() - interval '3 hours', due_at = now() - interval '3 hours'",
  );
  const processes = [process(), process()];
  await expect.poll(sent, POLL).toHaveLength(1);
  await expect
    .poll(async () => await db.database.query("SELECT FROM timers WHERE due_at > now() AND last_at < now()"), POLL)
    .toHaveLength(1);
  for (const one of processes) await one[Symbol.asyncDispose]();
  const [message] = await sent();
  expect(message?.target).toBe(QUEUE);
  expect(JSON.parse(message?.body ?? "")).toMatchObject({
    source: "aws.events",
    "detail-type": "Scheduled Event",
    account: HERE.accountId,
    resources: [`arn:aws:events:${HERE.region}:${HERE.accountId}:rule/nightly`],
    detail: {},
  });
  expect(await sent()).toHaveLength(1);
});

test("a disabled rule, and one that lost its schedule, have no timer", async () => {
  await putRule("cron(0 3 * * ? *)");
  expect(await timerCount()).toBe(1);
  await putRule("cron(0 3 * * ? *)", "DISABLED");
  expect(await timerCount()).toBe(0);
});
