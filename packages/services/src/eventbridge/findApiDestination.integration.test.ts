import { ApiDestinationStore, EventConnectionStore } from "@hearth/store";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiDestinationArn, connectionArn } from "./connectionArn.ts";
import { findApiDestination } from "./findApiDestination.ts";

const CONNECTION = { ...HERE, Name: "shop" };
const DESTINATION = { ...HERE, Name: "orders" };
const id = "8ff8d1c6-1234-4abc-8def-0123456789ab";
const parameters = { BasicAuthParameters: { Username: "user", Password: "hidden-1" } };

let db: TestDatabase;
let connections: EventConnectionStore;
beforeEach(async () => {
  db = await testDatabase();
  connections = new EventConnectionStore(db.database);
  await connections.create(CONNECTION, { id, type: "BASIC", parameters: JSON.stringify(parameters) });
  const settings = { InvocationEndpoint: "https://example.com", HttpMethod: "POST" };
  await new ApiDestinationStore(db.database).create(DESTINATION, { id, connection: "shop", settings });
});
afterEach(() => db[Symbol.asyncDispose]());

const find = async (arn = apiDestinationArn({ ...DESTINATION, id })) => await findApiDestination(db.database)(arn);

test("an API destination is found with its connection, opened; the table has no secret in plain text", async () => {
  expect(await find()).toEqual({
    ApiDestinationArn: apiDestinationArn({ ...DESTINATION, id }),
    InvocationEndpoint: "https://example.com",
    HttpMethod: "POST",
    InvocationRateLimitPerSecond: 300,
    connection: {
      ConnectionArn: connectionArn({ ...CONNECTION, id }),
      version: "1",
      AuthorizationType: "BASIC",
      AuthParameters: parameters,
    },
  });
  const rows = await db.database.query("SELECT * FROM event_connections");
  expect(JSON.stringify(rows)).not.toContain("hidden-1");
});

test("one of another id is not found, nor one whose connection is not authorized", async () => {
  expect(await find(apiDestinationArn({ ...DESTINATION, id: id.replace("8", "9") }))).toBeUndefined();
  await connections.change(CONNECTION, () => ({ isAuthorized: false }));
  expect(await find()).toBeUndefined();
});

test("a connection that an API destination uses is not deleted", async () => {
  expect(await connections.delete(CONNECTION)).toBe("in use");
});
