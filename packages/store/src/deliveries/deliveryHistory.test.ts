import { systemRandom } from "@hearth/kit";
import type { OutgoingMessage, Sender } from "@hearth/model";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeliveryStore } from "./deliveries.ts";
import { DeliveryHistory } from "./deliveryHistory.ts";

const TOPIC = `arn:aws:sns:${HERE.region}:${HERE.accountId}:t`;
let db: TestDatabase;
let store: DeliveryStore;
let history: DeliveryHistory;
beforeAll(async () => {
  db = await testDatabase();
  store = new DeliveryStore(db.database);
  history = new DeliveryHistory(db.database);
});
afterAll(() => db[Symbol.asyncDispose]());

const fn: Sender = { kind: "function", ...HERE, FunctionName: "f", Role: "r", LogGroup: "/aws/lambda/f" };
const topic: Sender = { kind: "service", ...HERE, principal: "sns.amazonaws.com", sourceArn: TOPIC };

async function add(sender: Sender, state: "waiting" | "dead", bytes = 10): Promise<string> {
  const message: OutgoingMessage = {
    id: systemRandom.uuid(),
    sender,
    purpose: sender.kind === "function" ? "OnFailure" : "Notification",
    TargetArn: "https://example.com/",
    body: Buffer.alloc(bytes, "x"),
    attributes: {},
    hops: 1,
  };
  await db.database.transaction((tx) => store.add(tx, [{ message, isOutside: true, state, error: "no" }]));
  return message.id;
}

test("messages of all senders are listed, latest first, by state and source, and only those of the account", async () => {
  const ids = [await add(fn, "dead"), await add(topic, "waiting"), await add(topic, "dead")];
  await add({ ...topic, accountId: "222222222222" }, "dead");
  const listed = async (more: object): Promise<string[]> =>
    (await history.list({ ...HERE, limit: 10, ...more })).map(({ id }) => id);
  expect(await listed({})).toEqual(ids.toReversed());
  expect(await listed({ state: "dead" })).toEqual([ids[2], ids[0]]);
  expect(await listed({ source: TOPIC })).toEqual([ids[2], ids[1]]);
  expect(await listed({ source: "f" })).toEqual([ids[0]]);
  expect(await history.find(HERE, ids[2]!)).toMatchObject({
    source: TOPIC,
    purpose: "Notification",
    state: "dead",
    attempts: 1,
    lastError: "no",
    bytes: 10,
    bodyKept: true,
  });
  expect(await history.find({ ...HERE, accountId: "222222222222" }, ids[2]!)).toBeUndefined();
});

test("messages that were given up are sent again at a rate, oldest first, unless their bodies were dropped", async () => {
  await db.database.query("TRUNCATE deliveries");
  const [first, second] = [await add(topic, "dead"), await add(topic, "dead")];
  const [large, other] = [await add(topic, "dead", 100_000), await add(fn, "dead")];
  const replayed = await history.replay({ ...HERE, source: TOPIC, everyMs: 60_000, limit: 10 });
  expect(replayed.toSorted()).toEqual([first, second].toSorted());
  const [one, two] = [await history.find(HERE, first), await history.find(HERE, second)];
  expect([one?.state, one?.attempts, one?.deadAt]).toEqual(["waiting", 0, null]);
  expect(two!.dueAt.getTime() - one!.dueAt.getTime()).toBe(60_000);
  expect(await history.replay({ ...HERE, ids: [large, first], everyMs: 1, limit: 10 })).toEqual([]);
  expect(await history.find(HERE, large)).toMatchObject({ state: "dead", bytes: 100_000, bodyKept: false });
  expect(await history.replay({ ...HERE, everyMs: 1, limit: 10 })).toEqual([other]);
});

test("only a message that waits, and is not being tried, is cancelled", async () => {
  const id = await add(topic, "waiting");
  expect(await history.cancel({ ...HERE, accountId: "222222222222" }, id)).toBe(false);
  expect(await history.cancel(HERE, id)).toBe(true);
  expect(await history.cancel(HERE, id)).toBe(false);
  expect(await history.find(HERE, id)).toMatchObject({ state: "dead", lastError: "cancelled; no" });
});
