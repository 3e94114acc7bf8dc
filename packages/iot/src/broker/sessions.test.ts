import type { AedesPublishPacket } from "aedes";
import { expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

const sessions = () => new Sessions({ retained: async function* () {} });
const client = { id: "c" };
const subscription = (topic: string, qos: 0 | 1) => ({ topic, qos });
const packet = (brokerCounter: number, payload = "x") =>
  ({ cmd: "publish", topic: "a", payload, qos: 1, brokerId: "b", brokerCounter }) as AedesPublishPacket;

test("a session has a message once, however many of its subscriptions match", async () => {
  const all = sessions();
  await all.addSubscriptions(client, [subscription("a/#", 1), subscription("a/+", 1), subscription("a/b", 0)]);
  await all.addSubscriptions({ id: "other" }, [subscription("a/b", 0)]);
  expect((await all.subscriptionsByTopic("a/b")).map(({ clientId }) => clientId)).toEqual(["c"]);
  expect(await all.subscriptionsByTopic("b")).toEqual([]);
});

test("messages wait until they are acknowledged, and no more than a session may keep", async () => {
  const all = sessions();
  await all.addSubscriptions(client, [subscription("a", 1)]);
  for (let at = 0; at < 1_500; at++) await all.outgoingEnqueue({ clientId: "c" }, packet(at));
  expect((await all.outgoingStream(client).toArray()).length).toBe(1_000);
  const sent = Object.assign(packet(3), { messageId: 77 });
  await all.outgoingUpdate(client, sent);
  expect(await all.outgoingClearMessageId(client, { messageId: 77 })).toMatchObject({ brokerCounter: 3 });
  expect((await all.outgoingStream(client).toArray()).length).toBe(999);
  await expect(all.outgoingUpdate(client, packet(1_400))).rejects.toThrow("no such packet");
});

test("large messages count by their bytes, and an ended session keeps nothing", async () => {
  const all = sessions();
  const large = "x".repeat(1024 * 1024);
  for (let at = 0; at < 20; at++) await all.outgoingEnqueue({ clientId: "c" }, packet(at, large));
  expect((await all.outgoingStream(client).toArray()).length).toBe(16);
  all.end("c");
  expect((await all.outgoingStream(client).toArray()).length).toBe(0);
});
