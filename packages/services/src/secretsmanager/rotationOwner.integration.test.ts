import { silentLogger, systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { type DueTimer, EventStore, type RotatingSecret, SecretStore, SecretVersionStore } from "@hearth/store";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rotationOwner } from "./rotationOwner.ts";

const key = { ...HERE, Name: "rotated" };
const RotationLambdaARN = `arn:aws:lambda:${HERE.region}:${HERE.accountId}:function:rotates`;
const rotation = { isEnabled: true, RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 10 }, anchorMs: 0 };
const TOKEN = "n".repeat(32);

let db: TestDatabase;
let secrets: SecretStore;
let sent: string[];
beforeEach(async () => {
  db = await testDatabase();
  secrets = new SecretStore(db.database);
  sent = [];
  await db.database.transaction(async (tx) => {
    await secrets.create(tx, key, { settings: {}, tags: {} });
    const versions = new SecretVersionStore(db.database);
    await versions.put(tx, key, TOKEN, undefined);
    await versions.setStages(tx, key, TOKEN, ["AWSPENDING"]);
  });
});
afterEach(async () => await db[Symbol.asyncDispose]());

/** An invocation as `send` leaves it, which has not run yet. */
async function invocation(): Promise<string> {
  const id = systemRandom.uuid();
  await new EventStore(db.database).add({ ...HERE, id, FunctionName: "rotates", payload: Buffer.from("{}") });
  return id;
}
const finish = async (id: string, condition: string): Promise<unknown> =>
  await db.database.query(
    "UPDATE events SET state = CASE $2 WHEN 'Success' THEN 'succeeded' ELSE 'failed' END, condition = $2, finished_at = now() WHERE id = $1",
    [id, condition],
  );
const isAt = async (rotating: RotatingSecret): Promise<void> =>
  await secrets.change(db.database, key, { rotation, rotating });

/** What a process does that has just started and finds the timer due. */
async function act(): Promise<number | undefined> {
  const owner = rotationOwner({
    database: db.database,
    delivery: {
      check: async () => ({ send: async () => () => undefined }),
      prepare: async ([message]: readonly OutgoingMessage[]) => ({
        async write() {
          sent.push((JSON.parse(Buffer.from(message?.body ?? []).toString()) as { Step: string }).Step);
        },
        checkRoom: () => undefined,
        committed: () => undefined,
      }),
    },
    random: systemRandom,
    logger: silentLogger,
  });
  const due: DueTimer = {
    ...{ ...HERE, owner: "secret-rotation", name: key.Name, id: "1", claims: 1 },
    ...{ scheduledMs: 0, lastMs: null, replan: false, nowMs: Date.now() },
  };
  const firing = await owner.prepare([due]);
  await db.database.transaction(async (tx) => await firing.write(tx));
  firing.committed();
  return firing.next[0]?.dueMs;
}

test("a rotation goes on at the step where another process has left it", async () => {
  const eventId = await invocation();
  await isAt({ token: TOKEN, step: "setSecret", eventId });
  await act();
  expect(sent).toEqual([]);
  await finish(eventId, "Success");
  await act();
  expect(sent).toEqual(["testSecret"]);
  expect((await secrets.find(key))?.rotating).toMatchObject({ token: TOKEN, step: "testSecret" });
});

test("a step that was noted and not sent is sent", async () => {
  await isAt({ token: TOKEN, step: "createSecret" });
  await act();
  expect(sent).toEqual(["createSecret"]);
});

test("the last step ends the rotation, and the next one is planned", async () => {
  const eventId = await invocation();
  await finish(eventId, "Success");
  await isAt({ token: TOKEN, step: "finishSecret", eventId });
  const next = await act();
  expect((await secrets.find(key))?.rotating).toBeNull();
  expect((await secrets.find(key))?.rotation?.lastRotatedMs).toBeGreaterThan(0);
  expect(next).toBeGreaterThan(Date.now());
});

test("a step that fails, and one that is not known any more, end the rotation", async () => {
  const eventId = await invocation();
  await finish(eventId, "RetriesExhausted");
  for (const id of [eventId, systemRandom.uuid()]) {
    await isAt({ token: TOKEN, step: "testSecret", eventId: id });
    expect(await act()).toBeGreaterThan(Date.now() + 3_600_000);
    expect((await secrets.find(key))?.rotating).toBeNull();
  }
  expect(sent).toEqual([]);
});
