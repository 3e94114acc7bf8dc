import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { DeliveryStore } from "@hearth/store";
import { OutsideServer, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Delivery } from "../delivery.ts";
import { DeliveryDelayed } from "../deliveryDelayed.ts";
import { DeliveryMetrics } from "../deliveryMetrics.ts";
import { Outbox } from "../outbox.ts";
import type { OutsideKind } from "../outsideKind.ts";
import { httpNotification } from "./httpNotification.ts";
import { messageTo, outsideParts } from "./testing/outsideParts.ts";

let base: TestDatabase;
let server: OutsideServer;

beforeAll(async () => {
  base = await testDatabase();
});
afterAll(async () => await base[Symbol.asyncDispose]());
beforeEach(async () => {
  server = await OutsideServer.open();
  await base.database.query("DELETE FROM deliveries");
  return async () => await server[Symbol.asyncDispose]();
});

/** Two processes that work on the same outbox. */
function processes(stack: AsyncDisposableStack, kind: OutsideKind): Delivery {
  const { database } = base;
  const outbox = new DeliveryStore(database);
  const deps = { database, outbox, clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const open = (): { readonly delivery: Delivery; readonly outbox: Outbox } => {
    const metrics = new DeliveryMetrics(new Registry());
    const delivery = new Delivery({
      ...deps,
      kinds: [],
      outsideKinds: [kind],
      refusalOf: async () => undefined,
      onLater: () => boxes.forEach((box) => box.wake()),
      metrics,
    });
    return { delivery, outbox: stack.use(new Outbox({ everyMs: 50 }, { ...deps, delivery, metrics })) };
  };
  const [one, two] = [open(), open()];
  const boxes = [one.outbox, two.outbox];
  return one.delivery;
}

const id = (): string => systemRandom.uuid();
const notification = (path: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage =>
  messageTo(`${server.url}${path}`, {
    id: id(),
    parameters: { type: "Notification", messageId: "m", topicArn: "arn:t", subscriptionArn: "arn:t:1" },
    retry: { maxAttempts: 4, backoff: { delaysMs: [0, 1, 2] } },
    ...more,
  });

interface Row {
  readonly state: string;
  readonly attempts: number;
  readonly last_error: string;
  readonly dueInS: number;
}

async function rows(): Promise<readonly Row[]> {
  return await base.database.query<Row>(
    `SELECT state, attempts, last_error, extract(epoch FROM due_at - now())::float AS "dueInS" FROM deliveries ORDER BY created_at`,
  );
}

test("an endpoint that recovers gets the message once more per attempt, and the row is gone", async () => {
  await using stack = new AsyncDisposableStack();
  const delivery = processes(stack, httpNotification(outsideParts()));
  server.next.push({ status: 500 }, "close", { status: 429 });
  await delivery.sendNow([notification("/recovers")]);
  await server.receives(4);
  await expect.poll(rows).toEqual([]);
  expect(server.received).toHaveLength(4);
});

test("a message is given up after the attempts of its policy, and at once when the endpoint refuses it", async () => {
  await using stack = new AsyncDisposableStack();
  const delivery = processes(stack, httpNotification(outsideParts()));
  server.answer = ({ url }, response) => void response.writeHead(url === "/refuses" ? 403 : 500).end();
  await delivery.sendNow([notification("/refuses"), notification("/fails")]);
  await expect.poll(async () => (await rows()).map(({ state }) => state)).toEqual(["dead", "dead"]);
  const tries = (path: string): number => server.received.filter(({ url }) => url === path).length;
  expect([tries("/refuses"), tries("/fails")]).toEqual([1, 4]);
});

test("a target that hangs does not delay other targets", async () => {
  await using stack = new AsyncDisposableStack();
  const delivery = processes(stack, httpNotification(outsideParts()));
  server.answer = ({ url }, response) => void (url === "/hangs" || response.writeHead(200).end());
  await delivery.sendNow([notification("/hangs")]);
  await server.receives(1);
  await delivery.sendNow([notification("/works")]);
  await server.receives(2);
  expect(server.received[1]?.url).toBe("/works");
});

test("an account whose endpoints all hang does not delay another account", async () => {
  await using stack = new AsyncDisposableStack();
  const delivery = processes(stack, httpNotification(outsideParts("*")));
  server.answer = ({ url }, response) => void (url.startsWith("/hangs") || response.writeHead(200).end());
  await delivery.sendNow(Array.from({ length: 200 }, (_, i) => notification(`/hangs/${i}`)));
  await server.receives(5);
  const { sender } = notification("/works");
  await delivery.sendNow([notification("/works", { sender: { ...sender, accountId: "222222222222" } })]);
  await expect.poll(() => server.received.map(({ url }) => url)).toContain("/works");
  // What found no free connection was not sent, and is not counted as tried.
  const [busy] = await base.database.query<{ attempts: number }>(
    "SELECT max(attempts)::int AS attempts FROM deliveries WHERE lease_owner IS NULL",
  );
  expect(busy?.attempts ?? 0).toBe(0);
});

test.each([
  { isAttempt: true, attempts: 1 },
  { isAttempt: false, attempts: 0 },
])("a target says when it is tried again, and whether that was an attempt (%o)", async ({ isAttempt, attempts }) => {
  await using stack = new AsyncDisposableStack();
  const attempt = async (): Promise<never> => {
    throw new DeliveryDelayed("not before a minute", { atLeastMs: 60_000, isAttempt });
  };
  const delivery = processes(stack, { name: "http", targets: ["http"], attempt });
  await delivery.sendNow([notification("/later")]);
  await expect.poll(async () => (await rows())[0]).toMatchObject({ last_error: "not before a minute", attempts });
  const [row] = await rows();
  expect(row?.dueInS).toBeGreaterThan(30);
});
