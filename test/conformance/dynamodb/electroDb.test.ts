import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { createSchema, Entity, Service } from "electrodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

/** A popular library for tables that hold several kinds of items: it must not notice whose table it works with. */
let target: DynamoTarget;
let app: ReturnType<typeof shop>;
beforeAll(async () => {
  target = await dynamoTarget();
  const table = target.newName();
  const keys = ["pk", "sk", "gsi1pk", "gsi1sk"];
  const KeySchema = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  await target.dynamo.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      KeySchema: KeySchema("pk", "sk"),
      GlobalSecondaryIndexes: [
        { IndexName: "gsi1", KeySchema: KeySchema("gsi1pk", "gsi1sk"), Projection: { ProjectionType: "ALL" } },
      ],
    }),
  );
  app = shop(table, target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

function shop(table: string, { dynamo: client }: DynamoTarget) {
  const customer = new Entity(
    createSchema({
      model: { entity: "customer", version: "1", service: "shop" },
      attributes: {
        customerId: { type: "string", required: true },
        email: { type: "string", required: true },
        visits: { type: "number", default: 0 },
        tags: { type: "set", items: "string" },
      },
      indexes: {
        byId: {
          collection: "orders",
          pk: { field: "pk", composite: ["customerId"] },
          sk: { field: "sk", composite: [] },
        },
        byEmail: {
          index: "gsi1",
          pk: { field: "gsi1pk", composite: ["email"] },
          sk: { field: "gsi1sk", composite: [] },
        },
      },
    }),
    { client, table },
  );
  const order = new Entity(
    createSchema({
      model: { entity: "order", version: "1", service: "shop" },
      attributes: {
        customerId: { type: "string", required: true },
        orderId: { type: "string", required: true },
        total: { type: "number", required: true },
        lines: {
          type: "list",
          items: { type: "map", properties: { sku: { type: "string" }, count: { type: "number" } } },
        },
      },
      indexes: {
        byCustomer: {
          collection: "orders",
          pk: { field: "pk", composite: ["customerId"] },
          sk: { field: "sk", composite: ["orderId"] },
        },
      },
    }),
    { client, table },
  );
  return new Service({ customer, order });
}

test("items of several kinds are written, found by their indexes and listed together", async () => {
  const { customer, order } = app.entities;
  const { data } = await customer.create({ customerId: "c1", email: "a@example.org", tags: ["new"] }).go();
  expect(data).toMatchObject({ customerId: "c1", visits: 0, tags: ["new"] });
  await expect(customer.create({ customerId: "c1", email: "b@example.org" }).go()).rejects.toThrow(/conditional/i);
  const orders = Array.from({ length: 30 }, (_, at) => ({
    customerId: "c1",
    orderId: `o${String(at).padStart(2, "0")}`,
    total: at,
    lines: [{ sku: "x", count: at }],
  }));
  expect(await order.put(orders).go()).toEqual({ unprocessed: [] });
  expect((await customer.query.byEmail({ email: "a@example.org" }).go()).data).toMatchObject([{ customerId: "c1" }]);
  const between = order.query.byCustomer({ customerId: "c1" }).between({ orderId: "o10" }, { orderId: "o19" });
  expect((await between.where(({ total }, { gte }) => gte(total, 15)).go()).data).toHaveLength(5);
  const together = await app.collections.orders({ customerId: "c1" }).go({ pages: "all" });
  expect(together.data).toMatchObject({
    customer: [{ customerId: "c1" }],
    order: expect.objectContaining({ length: 30 }),
  });
  const [first, second] = [await order.query.byCustomer({ customerId: "c1" }).go({ limit: 20 })].flatMap((page) => [
    page,
    page.cursor,
  ]);
  const rest = await order.query.byCustomer({ customerId: "c1" }).go({ cursor: second as string });
  expect((first as typeof rest).data.length + rest.data.length).toBe(30);
});

test("updates with conditions, sets, lists and transactions", async () => {
  const { customer, order } = app.entities;
  await customer.put({ customerId: "c2", email: "c@example.org", tags: ["a"] }).go();
  const changed = await customer
    .patch({ customerId: "c2" })
    .add({ visits: 2, tags: ["b"] })
    .go({ response: "all_new" });
  expect(changed.data).toMatchObject({ visits: 2, tags: ["a", "b"] });
  await expect(customer.patch({ customerId: "none" }).add({ visits: 1 }).go()).rejects.toThrow(/conditional/i);
  await order.put({ customerId: "c2", orderId: "1", total: 1, lines: [] }).go();
  await order
    .update({ customerId: "c2", orderId: "1" })
    .append({ lines: [{ sku: "y", count: 1 }] })
    .go();
  expect((await order.get({ customerId: "c2", orderId: "1" }).go()).data?.lines).toEqual([{ sku: "y", count: 1 }]);
  const outcome = await app.transaction
    .write((entities) => [
      entities.customer.patch({ customerId: "c2" }).subtract({ visits: 1 }).commit(),
      entities.order.create({ customerId: "c2", orderId: "1", total: 9 }).commit({ response: "all_old" }),
    ])
    .go();
  expect(outcome).toMatchObject({
    canceled: true,
    data: [{ rejected: false }, { rejected: true, code: "ConditionalCheckFailed" }],
  });
  expect((await customer.get({ customerId: "c2" }).go()).data?.visits).toBe(2);
  await order.remove({ customerId: "c2", orderId: "1" }).go();
  expect((await order.get({ customerId: "c2", orderId: "1" }).go()).data).toBeNull();
});
