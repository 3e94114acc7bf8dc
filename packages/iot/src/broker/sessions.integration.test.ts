import { randomUUID } from "node:crypto";
import { SystemClock } from "@hearth/kit";
import { IotSessionStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import type { AedesPublishPacket } from "aedes";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SessionQueues } from "../sessionQueues.ts";
import { Sessions } from "./sessions.ts";

const clock = new SystemClock();
const where = { accountId: "000000000000", region: "us-east-1" };
const subscription = (topic: string, qos: 0 | 1) => ({ topic, qos });

let db: TestDatabase;
let store: IotSessionStore;
let queues: SessionQueues;
let client: { readonly id: string };
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());
beforeEach(async () => {
  await db.database.query("DELETE FROM iot_sessions");
  store = new IotSessionStore(db.database);
  queues = new SessionQueues({ store, clock });
  client = { id: "c" };
});

/** Those of one broker; another one knows nothing but what is stored. */
const sessions = () => new Sessions({ where, store, queues, retained: async function* () {} });

/** Publishes, as the publisher does. Resolves with the client ids that it waits for. */
async function publish(topic: string, text = "x"): Promise<readonly string[]> {
  const payload = Buffer.from(text);
  const recipients = await queues.recipientsOf({ ...where, topic, payload });
  const messageId = randomUUID();
  await db.database.transaction(async (tx) => await store.add(tx, where, { messageId, topic, payload }, recipients));
  return recipients;
}

async function waiting(all: Sessions): Promise<readonly AedesPublishPacket[]> {
  return (await all.outgoingStream(client).toArray()) as AedesPublishPacket[];
}

const textsOf = (packets: readonly AedesPublishPacket[]): readonly string[] =>
  packets.map(({ payload }) => payload.toString());

test("a session outlives its broker: what waits in it is sent until it is acknowledged", async () => {
  const before = sessions();
  expect(await before.subscriptionsByClient(client)).toEqual([]);
  await before.addSubscriptions(client, [subscription("a/#", 1), subscription("a/+", 1), subscription("b", 0)]);
  expect(await publish("a/b", "one")).toEqual(["c"]);
  expect(await publish("a/b", "two")).toEqual(["c"]);
  expect(await publish("b", "of QoS 0")).toEqual([]);

  const after = sessions();
  const restored = await after.subscriptionsByClient(client);
  expect(restored.map(({ topic, qos }) => [topic, qos])).toEqual([
    ["a/#", 1],
    ["a/+", 1],
    ["b", 0],
  ]);
  const [first, second] = await waiting(after);
  expect(textsOf([first, second] as AedesPublishPacket[])).toEqual(["one", "two"]);
  await after.outgoingUpdate(client, Object.assign(first as AedesPublishPacket, { messageId: 7 }));
  await after.outgoingClearMessageId(client, { messageId: 7 });
  expect(await waiting(after)).toEqual([]);

  const last = sessions();
  await last.subscriptionsByClient(client);
  expect(textsOf(await waiting(last))).toEqual(["two"]);
});

test("a message that is passed on to a connected client is removed when it is acknowledged", async () => {
  const all = sessions();
  await all.subscriptionsByClient(client);
  await all.addSubscriptions(client, [subscription("a", 1)]);
  await publish("a");
  const [stored] = await store.messages(where, "c", { after: 0n, limit: 10 });
  const payload = Buffer.from("x");
  all.storedAs(payload, stored?.messageId);
  const packet = { cmd: "publish", topic: "a", payload, qos: 1, brokerId: "b", brokerCounter: 1 } as AedesPublishPacket;
  expect((await all.subscriptionsByTopic("a")).map(({ clientId }) => clientId)).toEqual(["c"]);
  await all.outgoingEnqueue({ clientId: "c" }, packet);
  expect(await waiting(all)).toEqual([]);
  await all.outgoingUpdate(client, Object.assign(packet, { messageId: 3 }));
  await all.outgoingClearMessageId(client, { messageId: 3 });
  expect(await store.messages(where, "c", { after: 0n, limit: 10 })).toEqual([]);
});

test("a client that connects with a clean session, or that has unsubscribed, gets nothing more", async () => {
  const all = sessions();
  await all.subscriptionsByClient(client);
  await all.addSubscriptions(client, [subscription("a", 1), subscription("b", 1)]);
  await all.removeSubscriptions(client, ["b"]);
  expect(await publish("b")).toEqual([]);
  expect(await publish("a")).toEqual(["c"]);
  await all.cleanSubscriptions(client);
  expect(await publish("a")).toEqual([]);
  await all.subscriptionsByClient(client);
  expect(await waiting(all)).toEqual([]);
});

test("a session keeps so many messages and bytes, and has room again when they are acknowledged", async () => {
  const all = sessions();
  await all.subscriptionsByClient(client);
  await all.addSubscriptions(client, [subscription("a", 1)]);
  await db.database.query(
    `INSERT INTO iot_session_messages (account_id, region, client_id, message_id, topic, payload)
     SELECT $1, $2, 'c', gen_random_uuid(), 'a', '\\x00' FROM generate_series(1, 999)`,
    [where.accountId, where.region],
  );
  queues.forget(where);
  expect(await publish("a")).toEqual(["c"]);
  expect(await publish("a")).toEqual([]);
  const large = await store.messages(where, "c", { after: 0n, limit: 1_000 });
  for (const { messageId } of large.slice(0, 2)) await store.remove(where, "c", messageId);
  await expect.poll(() => publish("a"), { timeout: 60_000 }).toEqual(["c"]);
  await db.database.query("UPDATE iot_session_messages SET payload = $1 WHERE client_id = 'c' AND id % 60 = 0", [
    Buffer.alloc(1024 * 1024),
  ]);
  queues.forget(where);
  expect(await publish("a", "x".repeat(1024))).toEqual([]);
});

test("an account has so many sessions, and those that have expired are no more", async () => {
  await db.database.query(
    `INSERT INTO iot_sessions (account_id, region, client_id, expires_at) SELECT $1, $2, 'c' || n, now() + interval '1 h' FROM generate_series(1, 500) n`,
    [where.accountId, where.region],
  );
  const all = sessions();
  await expect(all.subscriptionsByClient(client)).rejects.toThrow("the account has 500 sessions");
  expect(await all.subscriptionsByClient({ id: "c7" })).toEqual([]);
  await db.database.query("UPDATE iot_sessions SET expires_at = now() - interval '30 days' WHERE client_id <> 'c7'");
  await all.removeExpired((id) => id === "c7");
  expect(await db.database.query("SELECT client_id FROM iot_sessions")).toEqual([{ client_id: "c7" }]);
  expect(await all.subscriptionsByClient(client)).toEqual([]);
});
