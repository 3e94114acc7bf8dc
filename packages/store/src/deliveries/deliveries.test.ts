import { systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeliveryStore } from "./deliveries.ts";

const KB = 1024;
let db: TestDatabase;
let store: DeliveryStore;
beforeEach(async () => {
  db = await testDatabase();
  store = new DeliveryStore(db.database);
});
afterEach(() => db[Symbol.asyncDispose]());

function messageOf(accountId: string, bytes: number): OutgoingMessage {
  return {
    id: systemRandom.uuid(),
    eventId: systemRandom.uuid(),
    sender: {
      kind: "function",
      accountId,
      region: "us-east-1",
      FunctionName: "f",
      Role: "r",
      LogGroup: "/aws/lambda/f",
    },
    purpose: "OnFailure",
    TargetArn: `arn:aws:sqs:us-east-1:${accountId}:gone`,
    body: Buffer.alloc(bytes, "x"),
    attributes: {},
    hops: 1,
  };
}

async function add(accountId: string, bytes: number, state: "waiting" | "dead"): Promise<string> {
  const message = messageOf(accountId, bytes);
  await db.database.transaction((tx) => store.add(tx, [{ message, isOutside: false, state, error: "no" }]));
  return message.id;
}

async function bodies(): Promise<Readonly<Record<string, number>>> {
  const rows = await db.database.query<{ id: string; bytes: number }>(
    "SELECT id, octet_length(body) AS bytes FROM deliveries",
  );
  return Object.fromEntries(rows.map(({ id, bytes }) => [id, bytes]));
}

test("a message that was given up keeps no large body, and one that waits keeps its own", async () => {
  const [waiting, dead, small] = [
    await add("1", 1000 * KB, "waiting"),
    await add("1", 1000 * KB, "dead"),
    await add("1", 64 * KB, "dead"),
  ];
  expect(await bodies()).toEqual({ [waiting]: 1000 * KB, [dead]: 0, [small]: 64 * KB });
  const lanes = await store.dueLanes(false, undefined, [], 10);
  const [claimed] = await store.claim("w", false, [{ ...lanes[0]!, places: 1 }], 60_000);
  expect(claimed?.message.body.byteLength).toBe(1000 * KB);
  await store.putBack("w", claimed!, "no", "dead");
  expect(await bodies()).toEqual({ [waiting]: 0, [dead]: 0, [small]: 64 * KB });
});

test("an account that has given up too much loses its oldest messages, and no other account does", async () => {
  const ids: string[] = [];
  for (let at = 0; at < 5; at++) ids.push(await add("1", 30 * KB, "dead"));
  const [waiting, other] = [await add("1", 200 * KB, "waiting"), await add("2", 30 * KB, "dead")];
  expect(await store.forgetBeyond(70 * KB, 2)).toBe(2);
  expect(await store.forgetBeyond(70 * KB, 2)).toBe(1);
  expect(await store.forgetBeyond(70 * KB, 2)).toBe(0);
  expect(Object.keys(await bodies()).toSorted()).toEqual([ids[3]!, ids[4]!, waiting, other].toSorted());
});
